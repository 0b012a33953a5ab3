package dev.gatun.engine.sched;

/**
 * What computing a token and copying a block take, learned from the steps that ran: a token by the
 * line through (tokens, time) of the steps, so that what every step costs anyway does not count;
 * the copies of a step are timed by the runner. Old steps fade. Reads no clock. Engine thread only.
 */
final class StepCosts {
  /** Weight that is left of a step after the next one: the last thousand steps tell. */
  private static final double FADING = 0.999;

  /** Steps to be seen before a token's cost is believed. */
  private static final double MIN_STEPS = 16;

  /** Decisions against swapping after which one is made for it, so that copies stay timed. */
  private static final int RETRY_EVERY = 64;

  private double steps;
  private double tokens;
  private double nanos;
  private double tokensSquared;
  private double tokensNanos;
  private double copies;
  private double copyNanos;
  private int numRefused;

  /**
   * A step has run.
   *
   * @param durationNanos of the whole step
   * @param nanosOfCopies of its copies, part of the duration
   */
  void observe(int numTokens, int numCopies, long durationNanos, long nanosOfCopies) {
    double computing = Math.max(0, durationNanos - nanosOfCopies);
    steps = FADING * steps + 1;
    tokens = FADING * tokens + numTokens;
    nanos = FADING * nanos + computing;
    tokensSquared = FADING * tokensSquared + (double) numTokens * numTokens;
    tokensNanos = FADING * tokensNanos + numTokens * computing;
    if (numCopies > 0) {
      copies = FADING * copies + numCopies;
      copyNanos = FADING * copyNanos + nanosOfCopies;
    }
  }

  /** Of one more token in a step; 0 if not known yet. */
  double nanosPerToken() {
    if (steps < MIN_STEPS) {
      return 0;
    }
    double variance = steps * tokensSquared - tokens * tokens;
    double slope = steps * tokensNanos - tokens * nanos;
    // Steps of one size tell no slope; then all of a step's time is its tokens'.
    return variance > 1e-6 * steps * tokensSquared ? slope / variance : nanos / tokens;
  }

  /** Of one block, one way; 0 if not known yet. */
  double nanosPerCopy() {
    return copies == 0 ? 0 : copyNanos / copies;
  }

  /**
   * Whether a block that is reused meanwhile is better copied to the swap space and back than
   * computed again. Blocks that are not reused cost nothing either way. While costs are not known,
   * copies are made, to time them.
   */
  boolean isSwapCheaper(int blockSize) {
    double perToken = nanosPerToken();
    boolean isCheaper = perToken == 0 || 2 * nanosPerCopy() < blockSize * perToken;
    numRefused = isCheaper ? 0 : numRefused + 1;
    if (numRefused == RETRY_EVERY) {
      numRefused = 0;
      return true;
    }
    return isCheaper;
  }
}
