package dev.gatun.model.grammar;

import java.util.List;

/** What the text of a sequence has to match, from its first to its last character. */
public sealed interface Constraint {

  /**
   * A regular expression: literals, {@code . [a-z] [^a-z] \d \w \s \D \W \S} (of ASCII), {@code ( )
   * (?: ) |}, {@code * + ? {m} {m,} {m,n}} (also lazy, which is the same language), {@code \n \r \t
   * \f \v \xHH \}{@code uHHHH \}{@code u{H}}. A dot is any character but a newline. {@code ^} and
   * {@code $} may stand at the ends, where they are implied. Look-around, back references, word
   * boundaries, flags, possessive quantifiers and {@code \p} are refused by name.
   */
  record Regex(String pattern) implements Constraint {}

  /** One of these strings, not empty as a list. */
  record Choice(List<String> options) implements Constraint {
    public Choice {
      options = List.copyOf(options);
    }
  }

  /**
   * A context-free grammar: {@code name ::= alternatives} from the rule {@code root}; literals in
   * double quotes, classes, groups, references, {@code | * + ? {m,n}}, comments from {@code #}.
   * Left recursion is refused by name: the automaton reads from the left.
   */
  record Ebnf(String grammar) implements Constraint {}

  /** Any JSON object. */
  record JsonObject(Whitespace whitespace) implements Constraint {}

  /**
   * A JSON document that the schema accepts; the subset and how it narrows the standard stand at
   * {@link SchemaCompiler}.
   *
   * @param schema the JSON text of the schema
   */
  record JsonSchema(String schema, Whitespace whitespace) implements Constraint {}
}
