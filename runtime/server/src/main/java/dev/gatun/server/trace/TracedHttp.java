package dev.gatun.server.trace;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.http.MeasuredCall;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Traces REST calls, from when a handler takes them to the end of their answer. */
public final class TracedHttp {
  /** Scrapes and probes come by the clock and tell nothing. */
  private static final List<String> NOT_TRACED =
      List.of("/metrics", "/health", "/ping", "/version", "/v2/health");

  private TracedHttp() {}

  /**
   * The same handler, traced.
   *
   * @param routes gives the pattern of the route that a path takes
   */
  public static HttpHandler guard(HttpHandler root, UnaryOperator<String> routes, Tracing tracing) {
    return new HttpHandler() {
      @Override
      public void handle(HttpCall call) throws InterruptedException {
        if (!isTraced(call.path())) {
          root.handle(call);
          return;
        }
        Tracing.Incoming incoming =
            new Tracing.Incoming(call::header, call.remoteAddress(), call.path());
        CallSpan span = tracing.http(incoming, call.method(), routes.apply(call.path()));
        MeasuredCall measured = new MeasuredCall(call);
        try {
          CallScope.<Boolean, InterruptedException>call(
              span,
              () -> {
                root.handle(measured);
                return true;
              });
        } finally {
          span.endHttp(measured.status());
        }
      }

      @Override
      public @Nullable ServingException refusal(String method, String path) {
        return root.refusal(method, path);
      }
    };
  }

  private static boolean isTraced(String path) {
    return NOT_TRACED.stream()
        .noneMatch(prefix -> path.equals(prefix) || path.startsWith(prefix + "/"));
  }
}
