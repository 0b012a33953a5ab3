package dev.gatun.engine.api;

/**
 * What the output of a request has to match, as the engine sees it: which tokens may come next.
 * Immutable or thread-safe, and shared by all sequences that follow it.
 */
public interface TokenConstraint {

  /** A matcher for a sequence of which no token has been generated. Any thread. */
  TokenMatcher newMatcher();
}
