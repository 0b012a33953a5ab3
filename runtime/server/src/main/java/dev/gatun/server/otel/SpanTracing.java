package dev.gatun.server.otel;

import dev.gatun.server.trace.CallSpan;
import dev.gatun.server.trace.Tracing;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A server span per call, below the one that its caller names in the headers. Any thread. */
final class SpanTracing implements Tracing {
  private static final AttributeKey<String> HTTP_METHOD =
      AttributeKey.stringKey("http.request.method");
  private static final AttributeKey<String> HTTP_ROUTE = AttributeKey.stringKey("http.route");
  private static final AttributeKey<String> URL_PATH = AttributeKey.stringKey("url.path");
  private static final AttributeKey<String> URL_SCHEME = AttributeKey.stringKey("url.scheme");
  private static final AttributeKey<String> CLIENT_ADDRESS =
      AttributeKey.stringKey("client.address");
  private static final AttributeKey<String> USER_AGENT =
      AttributeKey.stringKey("user_agent.original");
  private static final AttributeKey<String> RPC_SYSTEM = AttributeKey.stringKey("rpc.system");
  private static final AttributeKey<String> RPC_SERVICE = AttributeKey.stringKey("rpc.service");
  private static final AttributeKey<String> RPC_METHOD = AttributeKey.stringKey("rpc.method");

  @SuppressWarnings("deprecation") // keys() is still abstract.
  private static final TextMapGetter<Incoming> HEADERS =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Incoming carrier) {
          return List.of();
        }

        @Override
        public @Nullable String get(@Nullable Incoming carrier, String key) {
          return carrier == null ? null : carrier.header().get(key);
        }
      };

  private final Tracer tracer;
  private final TextMapPropagator propagator;
  private final Runnable flush;

  /**
   * Makes spans.
   *
   * @param flush exports what is left
   */
  SpanTracing(Tracer tracer, TextMapPropagator propagator, Runnable flush) {
    this.tracer = tracer;
    this.propagator = propagator;
    this.flush = flush;
  }

  @Override
  public CallSpan http(Incoming call, String verb, String route) {
    SpanBuilder builder =
        server(verb + " " + route, call)
            .setAttribute(HTTP_METHOD, verb)
            .setAttribute(HTTP_ROUTE, route)
            .setAttribute(URL_PATH, call.path())
            .setAttribute(URL_SCHEME, "http");
    String agent = call.header().get("user-agent");
    if (agent != null) {
      builder.setAttribute(USER_AGENT, agent);
    }
    return span(builder.startSpan(), route.endsWith("/chat/completions"));
  }

  @Override
  public CallSpan grpc(Incoming call, String service, String method) {
    Span span =
        server(service + "/" + method, call)
            .setAttribute(RPC_SYSTEM, "grpc")
            .setAttribute(RPC_SERVICE, service)
            .setAttribute(RPC_METHOD, method)
            .startSpan();
    return span(span, false);
  }

  private SpanBuilder server(String name, Incoming call) {
    return tracer
        .spanBuilder(name)
        .setParent(propagator.extract(Context.root(), call, HEADERS))
        .setSpanKind(SpanKind.SERVER)
        .setAttribute(CLIENT_ADDRESS, call.peer());
  }

  private CallSpan span(Span span, boolean isChat) {
    return new SpannedCall(tracer, span, isChat ? "chat" : "text_completion");
  }

  @Override
  public void close() {
    flush.run();
  }
}
