package dev.gatun.model.grammar;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Compiles constraints for one vocabulary. Immutable, for all threads; a constraint takes
 * milliseconds, bounded by {@link GrammarLimits}.
 */
public final class GrammarCompiler {

  private final TokenTrie trie;

  public GrammarCompiler(TokenTrie trie) {
    this.trie = trie;
  }

  /**
   * Compiles {@code constraint}.
   *
   * @throws GrammarException when it is not well formed, uses what is not supported, accepts
   *     nothing, or passes a limit; the message is meant for the client
   */
  public CompiledGrammar compile(Constraint constraint) {
    return new CompiledGrammar(AutomatonBuilder.build(rules(constraint)), trie);
  }

  private static Rules rules(Constraint constraint) {
    return switch (constraint) {
      case Constraint.Regex(String pattern) -> Rules.of("regex", RegexParser.parse(pattern));
      case Constraint.Choice(List<String> options) -> Rules.of("choice", choice(options));
      case Constraint.Ebnf(String grammar) -> EbnfParser.parse(grammar);
      case Constraint.JsonObject(Whitespace whitespace) -> JsonRules.anyObject(whitespace);
      case Constraint.JsonSchema(String schema, Whitespace whitespace) ->
          SchemaCompiler.compile(schema, whitespace);
    };
  }

  private static Expression choice(List<String> options) {
    if (options.isEmpty()) {
      throw new GrammarException("a choice needs at least one option");
    }
    GrammarException.checkLimit("options of a choice", options.size(), GrammarLimits.MAX_CHOICES);
    long numChars = 0;
    for (String option : options) {
      numChars += option.length();
    }
    GrammarException.checkLimit("characters of a choice", numChars, GrammarLimits.MAX_SOURCE_CHARS);
    return Expression.textsOf(new ArrayList<>(new LinkedHashSet<>(options)));
  }
}
