package dev.gatun.server.text;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.engine.api.TokenMatcher;
import dev.gatun.model.grammar.CompiledGrammar;
import dev.gatun.model.grammar.GrammarException;
import dev.gatun.model.grammar.GrammarMatcher;

/**
 * A compiled grammar as the engine takes it. Shared by all threads.
 *
 * @param path of the constraint in the request, for failures while it runs
 */
record GrammarConstraint(String path, CompiledGrammar grammar) implements TokenConstraint {

  @Override
  public TokenMatcher newMatcher() {
    return new Matcher(path, grammar.newMatcher());
  }

  private static final class Matcher implements TokenMatcher {
    private final String path;
    private final GrammarMatcher matcher;

    Matcher(String path, GrammarMatcher matcher) {
      this.path = path;
      this.matcher = matcher;
    }

    @Override
    public boolean fillMask(long[] mask) {
      try {
        return matcher.fillBitmask(mask);
      } catch (GrammarException e) {
        throw tooCostly(e);
      }
    }

    @Override
    public boolean accept(int tokenId) {
      try {
        return matcher.accept(tokenId);
      } catch (GrammarException e) {
        throw tooCostly(e);
      }
    }

    private ServingException tooCostly(GrammarException e) {
      return new ServingException(
          ErrorCode.INVALID_ARGUMENT,
          "%s cannot be followed beyond output token %d: %s"
              .formatted(path, matcher.numTokens(), e.getMessage()),
          path);
    }

    @Override
    public boolean isComplete() {
      return matcher.isComplete();
    }

    @Override
    public boolean hasEnded() {
      return matcher.mustEnd();
    }
  }
}
