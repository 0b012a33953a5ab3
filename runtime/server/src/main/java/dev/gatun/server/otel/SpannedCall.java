package dev.gatun.server.otel;

import dev.gatun.server.trace.CallSpan;
import dev.gatun.server.trace.Generation;
import dev.gatun.server.trace.GenerationTrace;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** A call with its span. Any thread. */
final class SpannedCall implements CallSpan {
  private static final AttributeKey<Long> HTTP_STATUS =
      AttributeKey.longKey("http.response.status_code");
  private static final AttributeKey<Long> GRPC_STATUS =
      AttributeKey.longKey("rpc.grpc.status_code");
  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

  /** Numbers of gRPC statuses that are the server's fault, not its caller's. */
  private static final long GRPC_SERVER_ERRORS =
      (1L << 2) | (1L << 4) | (1L << 12) | (1L << 13) | (1L << 14) | (1L << 15);

  private final Tracer tracer;
  private final Span span;
  private final String operation;
  private final boolean isKept;
  private final SpanClock clock = SpanClock.now();
  private final AtomicBoolean isEnded = new AtomicBoolean();
  private final Queue<GenerationSpan> generations = new ConcurrentLinkedQueue<>();

  SpannedCall(Tracer tracer, Span span, String operation) {
    this.tracer = tracer;
    this.span = span;
    this.operation = operation;
    isKept = span.getSpanContext().isSampled();
  }

  @Override
  public long receivedNanos() {
    return clock.startNanos();
  }

  @Override
  public String traceId() {
    return isKept ? context().getTraceId() : "";
  }

  @Override
  public String spanId() {
    return isKept ? context().getSpanId() : "";
  }

  private SpanContext context() {
    return span.getSpanContext();
  }

  @Override
  public void tokenised(long startNanos, long endNanos) {
    if (isKept) {
      tracer
          .spanBuilder("tokenize")
          .setParent(Context.root().with(span))
          .setStartTimestamp(clock.at(startNanos))
          .startSpan()
          .end(clock.at(endNanos));
    }
  }

  @Override
  public GenerationTrace generation(Generation request) {
    if (!isKept) {
      return GenerationTrace.NONE;
    }
    GenerationSpan generation = new GenerationSpan(tracer, span, clock, operation, request);
    generations.add(generation);
    return generation;
  }

  @Override
  public void endHttp(int status) {
    if (isEnded.compareAndSet(false, true)) {
      span.setAttribute(HTTP_STATUS, (long) status);
      end(status >= 500, Integer.toString(status));
    }
  }

  @Override
  public void endGrpc(int code) {
    if (isEnded.compareAndSet(false, true)) {
      span.setAttribute(GRPC_STATUS, (long) code);
      end(((GRPC_SERVER_ERRORS >> code) & 1) == 1, Integer.toString(code));
    }
  }

  /** Requests whose end nobody has read, because their reader has gone, end with the call. */
  private void end(boolean isError, String error) {
    Instant now = clock.at(System.nanoTime());
    generations.forEach(generation -> generation.abandon(now));
    if (isError) {
      span.setStatus(StatusCode.ERROR);
      span.setAttribute(ERROR_TYPE, error);
    }
    span.end();
  }
}
