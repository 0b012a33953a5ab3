package dev.gatun.engine.api;

/**
 * Counts and times of one finished request. Times are System.nanoTime values of the engine's clock;
 * 0 where the request never got that far.
 *
 * @param numCachedTokens prompt tokens served by the prefix cache when the request first ran, a
 *     multiple of the block size; what a preempted request gets back is not counted
 * @param preemptions how often it was preempted and what that cost
 * @param receivedNanos when the server had received it, before it was tokenised
 * @param arrivalNanos when it was queued
 */
public record RequestStats(
    int numPromptTokens,
    int numOutputTokens,
    int numCachedTokens,
    PreemptionStats preemptions,
    long receivedNanos,
    long arrivalNanos,
    long firstScheduledNanos,
    long firstTokenNanos,
    long lastTokenNanos) {

  /** Whether it ever ran. */
  public boolean wasScheduled() {
    return firstScheduledNanos != 0;
  }

  /** Whether it produced a token, without which most times below mean nothing and are 0. */
  public boolean hasOutput() {
    return firstTokenNanos != 0;
  }

  /** Queued to first scheduled; 0 if it never ran. */
  public long queueNanos() {
    return wasScheduled() ? firstScheduledNanos - arrivalNanos : 0;
  }

  /** First scheduled to first token, preemptions in between included. */
  public long prefillNanos() {
    return hasOutput() ? firstTokenNanos - firstScheduledNanos : 0;
  }

  /** First to last token. */
  public long decodeNanos() {
    return lastTokenNanos - firstTokenNanos;
  }

  /** First scheduled to last token. */
  public long inferenceNanos() {
    return hasOutput() ? lastTokenNanos - firstScheduledNanos : 0;
  }

  /** TTFT: received to first token. */
  public long timeToFirstTokenNanos() {
    return hasOutput() ? firstTokenNanos - receivedNanos : 0;
  }

  /** TPOT: decode time by generated tokens after the first; 0 if there are none. */
  public double nanosPerOutputToken() {
    return numOutputTokens > 1 ? (double) decodeNanos() / (numOutputTokens - 1) : 0;
  }

  /** Received to last token. */
  public long endToEndNanos() {
    return hasOutput() ? lastTokenNanos - receivedNanos : 0;
  }

  /** Prompt tokens that were computed and not found in the cache, the first time. */
  public int numComputedPromptTokens() {
    return numPromptTokens - Math.max(0, numCachedTokens);
  }

  /** Preemptions of either kind. */
  public int numPreemptions() {
    return Math.toIntExact(preemptions.numPreemptions());
  }
}
