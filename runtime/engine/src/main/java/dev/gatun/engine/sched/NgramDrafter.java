package dev.gatun.engine.sched;

/**
 * Guesses the next tokens of a sequence from the sequence itself: looks for the latest earlier
 * place where its last tokens have occurred, the longest such run first, and proposes what followed
 * there; where that is the end of the sequence, as in a text that repeats itself, it goes on with
 * its own proposal. Costs a pass over the sequence. Engine thread only.
 */
final class NgramDrafter {
  /** Tokens looked back at, so that a step's cost is bounded however long sequences are. */
  private static final int MAX_LOOKBACK = 8192;

  private final Speculation speculation;
  private final int[] drafts;

  NgramDrafter(Speculation speculation) {
    this.speculation = speculation;
    drafts = new int[speculation.numSpeculativeTokens()];
  }

  /**
   * Finds drafts.
   *
   * @param tokenIds the sequence, its first {@code numTokens}
   * @param maxDrafts no more than this many, nor than configured
   * @return how many there are, 0 for none; see {@link #drafts}
   */
  int draft(int[] tokenIds, int numTokens, int maxDrafts) {
    int most = Math.min(maxDrafts, drafts.length);
    if (most <= 0) {
      return 0;
    }
    int source = findContinuation(tokenIds, numTokens);
    if (source < 0) {
      return 0;
    }
    for (int k = 0; k < most; k++) {
      int position = source + k;
      drafts[k] = position < numTokens ? tokenIds[position] : drafts[position - numTokens];
    }
    return most;
  }

  /** What {@link #draft} found; valid until its next call. */
  int[] drafts() {
    return drafts;
  }

  /** Position behind the best match, or -1. */
  private int findContinuation(int[] tokenIds, int numTokens) {
    int last = numTokens - 1;
    int lowest = Math.max(0, numTokens - MAX_LOOKBACK);
    int longest = speculation.promptLookupMin() - 1;
    int best = -1;
    for (int end = last - 1; end >= lowest && longest < speculation.promptLookupMax(); end--) {
      if (tokenIds[end] == tokenIds[last]) {
        int length = matchLength(tokenIds, end, last, lowest);
        if (length > longest) {
          longest = length;
          best = end + 1;
        }
      }
    }
    return best;
  }

  /** Equal tokens up to and with {@code end} and {@code last}, as far as is looked for. */
  private int matchLength(int[] tokenIds, int end, int last, int lowest) {
    int length = 1;
    while (length < speculation.promptLookupMax()
        && end - length >= lowest
        && tokenIds[end - length] == tokenIds[last - length]) {
      length++;
    }
    return length;
  }
}
