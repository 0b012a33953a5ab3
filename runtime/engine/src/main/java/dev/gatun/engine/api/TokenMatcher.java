package dev.gatun.engine.api;

/**
 * Follows the output tokens of one sequence through a {@link TokenConstraint}. Its state is a
 * function of those tokens alone, so preemption and batching change nothing. Used by one thread at
 * a time; matchers of the same constraint may be used at once.
 */
public interface TokenMatcher {

  /**
   * Sets bit {@code id % 64} of {@code mask[id / 64]} for each token that may come next and clears
   * all others. Takes microseconds where the place is known, else up to tens of milliseconds.
   *
   * @param mask [ceil(vocabSize / 64)] of the engine's vocabulary
   * @return whether any token is allowed; false once nothing may follow
   * @throws ServingException if the mask would cost more than the constraint may; the request
   *     cannot go on
   */
  boolean fillMask(long[] mask);

  /**
   * Takes the next output token.
   *
   * @return false, with nothing changed, if it is not allowed here
   * @throws ServingException as {@link #fillMask}
   */
  boolean accept(int tokenId);

  /** Whether the output so far is complete: it may end here. */
  boolean isComplete();

  /** Whether the output is complete and nothing may follow; true after an end-of-sequence token. */
  boolean hasEnded();
}
