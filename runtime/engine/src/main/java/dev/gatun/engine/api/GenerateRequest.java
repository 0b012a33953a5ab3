package dev.gatun.engine.api;

/**
 * A request as the engine takes it: everything parsed, checked against the protocol and tokenised.
 *
 * @param requestId unique among live requests
 * @param promptTokenIds at least one token; not modified by either side afterwards
 * @param deadlineNanos System.nanoTime value after which the request fails with DEADLINE_EXCEEDED,
 *     or {@link #NO_DEADLINE}
 * @param cacheSalt only requests with the same one share cached prefixes, so that no tenant learns
 *     from its latency what another one sent; empty for none
 * @param priority the lower, the earlier the request is served, if the engine schedules by
 *     priority; without meaning if not
 * @param origin for those who measure
 */
public record GenerateRequest(
    String requestId,
    int[] promptTokenIds,
    SamplingParams sampling,
    long deadlineNanos,
    String cacheSalt,
    int priority,
    RequestOrigin origin) {

  /** The request may take as long as it needs. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  public GenerateRequest {
    if (requestId.isEmpty()) {
      throw new IllegalArgumentException("request id is empty");
    }
  }

  /** Measured for itself. */
  public GenerateRequest(
      String requestId,
      int[] promptTokenIds,
      SamplingParams sampling,
      long deadlineNanos,
      String cacheSalt,
      int priority) {
    this(
        requestId,
        promptTokenIds,
        sampling,
        deadlineNanos,
        cacheSalt,
        priority,
        RequestOrigin.alone());
  }

  /** With priority 0. */
  public GenerateRequest(
      String requestId,
      int[] promptTokenIds,
      SamplingParams sampling,
      long deadlineNanos,
      String cacheSalt) {
    this(requestId, promptTokenIds, sampling, deadlineNanos, cacheSalt, 0);
  }

  /** Without a cache salt. */
  public GenerateRequest(
      String requestId, int[] promptTokenIds, SamplingParams sampling, long deadlineNanos) {
    this(requestId, promptTokenIds, sampling, deadlineNanos, "");
  }
}
