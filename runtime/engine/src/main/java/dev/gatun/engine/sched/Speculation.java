package dev.gatun.engine.sched;

/**
 * Speculative decoding by prompt lookup: where the last tokens of a sequence have occurred in it
 * before, what followed there is guessed to follow again. Names are vLLM's.
 *
 * @param numSpeculativeTokens most drafts of a sequence in a step; 0 for no speculation
 * @param promptLookupMin shortest run of last tokens that is looked for
 * @param promptLookupMax longest one, which is looked for first
 */
public record Speculation(int numSpeculativeTokens, int promptLookupMin, int promptLookupMax) {

  /** None. */
  public static final Speculation NONE = new Speculation(0, 1, 1);

  public Speculation {
    if (numSpeculativeTokens < 0 || promptLookupMin < 1 || promptLookupMax < promptLookupMin) {
      throw new IllegalArgumentException(
          "%d speculative tokens by runs of %d to %d tokens"
              .formatted(numSpeculativeTokens, promptLookupMin, promptLookupMax));
    }
  }

  public boolean isEnabled() {
    return numSpeculativeTokens > 0;
  }
}
