package dev.gatun.engine.loop;

import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.engine.api.TokenMatcher;
import dev.gatun.model.grammar.CompiledGrammar;
import dev.gatun.model.grammar.GrammarMatcher;

/** A compiled grammar as a constraint, as a server makes it. */
public record GrammarConstraint(CompiledGrammar grammar) implements TokenConstraint {

  @Override
  public TokenMatcher newMatcher() {
    return new Matcher(grammar.newMatcher());
  }

  private record Matcher(GrammarMatcher matcher) implements TokenMatcher {

    @Override
    public boolean fillMask(long[] mask) {
      return matcher.fillBitmask(mask);
    }

    @Override
    public boolean accept(int tokenId) {
      return matcher.accept(tokenId);
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
