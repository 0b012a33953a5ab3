package dev.gatun.model.grammar;

/**
 * A constraint that cannot be compiled, or not followed within the bounds of {@link GrammarLimits}.
 * The message is meant for the client: it names the construct and its place, or the limit.
 */
public final class GrammarException extends RuntimeException {

  GrammarException(String message) {
    super(message);
  }

  /** Checks one bound of {@link GrammarLimits}. */
  static void checkLimit(String what, long value, long limit) {
    if (value > limit) {
      throw new GrammarException(what + ": " + value + ", at most " + limit + " are supported");
    }
  }
}
