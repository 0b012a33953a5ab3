package dev.gatun.engine.sched;

import dev.gatun.engine.api.PreemptionStats;

/** Running totals behind {@link PreemptionStats}. Engine thread only. */
final class PreemptionCounts {
  private long numRecomputed;
  private long numSwapped;
  private long numTokensRecomputed;
  private long numTokensSwappedOut;
  private long numTokensSwappedIn;

  void addPreemption(boolean isSwapped) {
    if (isSwapped) {
      numSwapped++;
    } else {
      numRecomputed++;
    }
  }

  void addRecomputed(int numTokens) {
    numTokensRecomputed += numTokens;
  }

  void addSwapped(int numTokensOut, int numTokensIn) {
    numTokensSwappedOut += numTokensOut;
    numTokensSwappedIn += numTokensIn;
  }

  long numPreemptions() {
    return numRecomputed + numSwapped;
  }

  PreemptionStats stats() {
    return numPreemptions() == 0
        ? PreemptionStats.NONE
        : new PreemptionStats(
            numRecomputed,
            numSwapped,
            numTokensRecomputed,
            numTokensSwappedOut,
            numTokensSwappedIn);
  }
}
