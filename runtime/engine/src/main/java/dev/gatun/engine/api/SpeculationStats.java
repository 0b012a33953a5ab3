package dev.gatun.engine.api;

/**
 * Totals of speculative decoding since start.
 *
 * @param numDrafts how often drafts were verified, once per sequence and step
 * @param numDraftTokens tokens in them
 * @param acceptedPerPosition accepted draft tokens by their place in the draft; as long as a draft
 *     can be, empty without speculation; not to be modified
 */
public record SpeculationStats(long numDrafts, long numDraftTokens, long[] acceptedPerPosition) {

  /** Of an engine that does not speculate. */
  public static final SpeculationStats NONE = new SpeculationStats(0, 0, new long[0]);

  /** Accepted draft tokens. */
  public long numAcceptedTokens() {
    long sum = 0;
    for (long accepted : acceptedPerPosition) {
      sum += accepted;
    }
    return sum;
  }
}
