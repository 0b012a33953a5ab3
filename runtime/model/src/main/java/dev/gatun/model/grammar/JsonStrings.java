package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.GrammarLimits.MAX_NODES;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Strings inside JSON documents: what a value looks like between its quotes. */
final class JsonStrings {

  /** Characters that stand for themselves. */
  private static final CodePoints PLAIN = CodePoints.of(0, 0x1F, '"', '"', '\\', '\\').complement();

  /** One character in any of its forms; a surrogate pair of escapes is one character. */
  static final Expression CHARACTER =
      Expression.anyOf(
          new Expression.Characters(PLAIN),
          RegexParser.parse(
              "\\\\([\"\\\\/bfnrt]|u([0-9a-ce-fA-CE-F][0-9a-fA-F]{3}|[dD][0-7]"
                  + "[0-9a-fA-F]{2}|[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}))"));

  /** As {@link #CHARACTER} without {@code \}{@code u}, for strings that are counted: few nodes. */
  static final Expression COUNTED_CHARACTER =
      Expression.anyOf(new Expression.Characters(PLAIN), RegexParser.parse("\\\\[\"\\\\/bfnrt]"));

  private JsonStrings() {}

  /** {@code value} as a JSON string, with its quotes. */
  static String quoted(String value) {
    return TextNode.valueOf(value).toString();
  }

  /** A string whose value matches {@code value}; each character in its shortest form. */
  static Expression matching(Expression value) {
    return Expression.sequence(Expression.text("\""), encoded(value), Expression.text("\""));
  }

  private static Expression encoded(Expression value) {
    return switch (value) {
      case Expression.Text(String text) -> {
        String quoted = quoted(text);
        yield Expression.text(quoted.substring(1, quoted.length() - 1));
      }
      case Expression.Characters(CodePoints set) -> encoded(set);
      case Expression.Sequence(List<Expression> parts) ->
          new Expression.Sequence(parts.stream().map(JsonStrings::encoded).toList());
      case Expression.Alternatives(List<Expression> options) ->
          new Expression.Alternatives(options.stream().map(JsonStrings::encoded).toList());
      case Expression.Repetition(Expression body, int min, int max) ->
          new Expression.Repetition(encoded(body), min, max);
      case Expression.Call _, Expression.Members _ ->
          throw new IllegalStateException("not part of a regular expression: " + value);
    };
  }

  private static Expression encoded(CodePoints set) {
    List<Expression> forms = new ArrayList<>();
    forms.add(new Expression.Characters(set.intersection(PLAIN)));
    for (int c = 0; c <= '\\'; c++) {
      if (set.contains(c) && !PLAIN.contains(c)) {
        forms.add(encoded(Expression.text(Character.toString(c))));
      }
    }
    return Expression.anyOf(forms);
  }

  /**
   * A key that is none of {@code names}: it leaves their common trie somewhere. Written without
   * escapes, since these could spell one of the names in another way.
   */
  static Expression keyOtherThan(Set<String> names) {
    Map<String, Set<Integer>> nextOfPrefix = new LinkedHashMap<>();
    long numChars = 0;
    for (String name : names) {
      int end = 0;
      while (end < name.length()) {
        int next = name.codePointAt(end);
        String prefix = name.substring(0, end);
        numChars += prefix.length();
        nextOfPrefix.computeIfAbsent(prefix, _ -> new LinkedHashSet<>()).add(next);
        end += Character.charCount(next);
      }
      nextOfPrefix.computeIfAbsent(name, _ -> new LinkedHashSet<>());
      GrammarException.checkLimit("nodes of the automaton", numChars, 10L * MAX_NODES);
    }
    List<Expression> options = new ArrayList<>();
    Expression rest = Expression.many(new Expression.Characters(PLAIN));
    nextOfPrefix.forEach(
        (prefix, next) -> {
          int[] pairs = next.stream().flatMapToInt(c -> IntStream.of(c, c)).toArray();
          Expression other = new Expression.Characters(PLAIN.minus(CodePoints.of(pairs)));
          Expression end = Expression.sequence(other, rest);
          options.add(
              Expression.sequence(
                  encoded(Expression.text(prefix)),
                  names.contains(prefix) ? end : Expression.optional(end)));
        });
    return Expression.sequence(
        Expression.text("\""), Expression.anyOf(options), Expression.text("\""));
  }
}
