package dev.gatun.engine.api;

/**
 * Where a request comes from, for those who measure; the engine passes it on.
 *
 * @param receivedNanos when the server had received it, by the engine's clock, or {@link
 *     #ON_SUBMIT}
 * @param samples of which it is one
 * @param traceId of the trace it is part of, 32 hexadecimal digits, or empty
 * @param spanId of the span that stands for it, 16 hexadecimal digits, or empty
 */
public record RequestOrigin(
    long receivedNanos, SampleGroup samples, String traceId, String spanId) {

  /** It is submitted as soon as it is received. */
  public static final long ON_SUBMIT = Long.MIN_VALUE;

  /** Of a request that is measured for itself. */
  public static RequestOrigin alone() {
    return new RequestOrigin(ON_SUBMIT, new SampleGroup(1), "", "");
  }

  /** Whether it is part of a trace. */
  public boolean isTraced() {
    return !traceId.isEmpty();
  }
}
