package dev.gatun.engine.sched;

/**
 * Rows of logits of the step that is being planned. They are reserved for sequences that may sample
 * in it; requests that asked for the logprobs of their prompts share the others, of which there are
 * more the fewer sequences there are. Such a request has none reserved while it is scored: the last
 * part of its prompt waits until the rows suffice for the token behind it, too. Engine thread only.
 */
final class LogitRowBudget {
  private final int maxRows;
  private final int rowsPerSequence;
  private int numLeft;

  LogitRowBudget(SchedulerConfig config) {
    maxRows = config.maxLogitRows();
    rowsPerSequence = config.logitRowsPerSequence();
  }

  /**
   * Reserves rows for what runs and for what may be admitted.
   *
   * @param numWaiting requests that wait
   */
  void begin(RunningRequests running, int numWaiting) {
    int numSampling = Math.min(running.numFreeSlots(), numWaiting);
    for (int i = 0; i < running.size(); i++) {
      RequestState request = running.get(i);
      numSampling += request.isScoring(request.numComputedTokens()) ? 0 : 1;
    }
    numLeft = maxRows - numSampling * rowsPerSequence;
  }

  /** How many of {@code count} tokens from {@code start} on the rows that are left suffice for. */
  int limit(RequestState request, int start, int count) {
    if (!request.isScoring(start)) {
      return count;
    }
    int numRows = request.numRowsToScore(start, count);
    boolean isSampled = start + count == request.numTokensAhead();
    if (numRows + (isSampled ? rowsPerSequence : 0) <= numLeft) {
      return count;
    }
    // Rows to score end at the last prompt token but one, behind which a token is sampled.
    int end = Math.max(start, request.numScoredRows()) + Math.min(numRows, numLeft);
    return end - start;
  }

  /** Takes what tokens that have been limited need. */
  void take(RequestState request, int start, int count, boolean isSampled) {
    if (request.isScoring(start)) {
      numLeft -= request.numRowsToScore(start, count) + (isSampled ? rowsPerSequence : 0);
    }
  }
}
