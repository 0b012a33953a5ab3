package dev.gatun.engine.api;

/**
 * What preemption cost, of a request or of an engine since start.
 *
 * @param numRecomputed preemptions after which nothing was kept but what the prefix cache still had
 * @param numSwapped preemptions with swap space, where what was reused meanwhile was saved first
 * @param numTokensRecomputed computed tokens that were computed once more
 * @param numTokensSwappedOut tokens whose KV was copied to the swap space
 * @param numTokensSwappedIn tokens whose KV was copied back
 */
public record PreemptionStats(
    long numRecomputed,
    long numSwapped,
    long numTokensRecomputed,
    long numTokensSwappedOut,
    long numTokensSwappedIn) {

  /** Never preempted. */
  public static final PreemptionStats NONE = new PreemptionStats(0, 0, 0, 0, 0);

  /** Preemptions of either kind. */
  public long numPreemptions() {
    return numRecomputed + numSwapped;
  }

  /** What came on top of an earlier reading. */
  public PreemptionStats since(PreemptionStats earlier) {
    return new PreemptionStats(
        numRecomputed - earlier.numRecomputed,
        numSwapped - earlier.numSwapped,
        numTokensRecomputed - earlier.numTokensRecomputed,
        numTokensSwappedOut - earlier.numTokensSwappedOut,
        numTokensSwappedIn - earlier.numTokensSwappedIn);
  }
}
