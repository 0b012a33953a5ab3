package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.Expression.UNBOUNDED;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the grammars of {@link Constraint.Ebnf}: the dialect of GBNF and XGrammar. */
final class EbnfParser {

  private static final String ROOT = "root";

  private final SourceReader in;
  private final Rules rules = new Rules();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final Set<String> defined = new HashSet<>();

  private EbnfParser(String grammar) {
    this.in = new SourceReader("grammar", grammar);
  }

  static Rules parse(String grammar) {
    return new EbnfParser(grammar).read();
  }

  private Rules read() {
    rule(ROOT);
    skipBlanks();
    while (in.peek() != SourceReader.END) {
      String name = name();
      skipBlanks();
      in.expect("::=");
      if (!defined.add(name)) {
        throw in.error("rule '" + name + "' is defined twice");
      }
      rules.define(rule(name), alternatives());
      skipBlanks();
    }
    for (int rule = 0; rule < rules.size(); rule++) {
      if (!defined.contains(rules.name(rule))) {
        throw in.error("rule '" + rules.name(rule) + "' is not defined");
      }
    }
    return rules;
  }

  private int rule(String name) {
    return numbers.computeIfAbsent(name, rules::declare);
  }

  private String name() {
    int from = in.position();
    while (isNamePart(in.peek())) {
      in.next();
    }
    if (from == in.position()) {
      throw in.error("expected the name of a rule");
    }
    return in.since(from);
  }

  private static boolean isNamePart(int c) {
    boolean isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return isLetter || (c >= '0' && c <= '9') || c == '_' || c == '-';
  }

  private void skipBlanks() {
    while (true) {
      int c = in.peek();
      if (c == '#') {
        while (in.peek() != '\n' && in.peek() != SourceReader.END) {
          in.next();
        }
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        in.next();
      } else {
        return;
      }
    }
  }

  private Expression alternatives() {
    List<Expression> options = new ArrayList<>();
    do {
      options.add(sequence());
      skipBlanks();
    } while (in.take("|"));
    return Expression.anyOf(options);
  }

  private Expression sequence() {
    List<Expression> parts = new ArrayList<>();
    while (true) {
      skipBlanks();
      int c = in.peek();
      if (c == SourceReader.END || c == '|' || c == ')' || isRuleAhead()) {
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
      }
      parts.add(quantified(atom()));
    }
  }

  /** Whether the next rule begins here: there is no other mark at the end of a rule. */
  private boolean isRuleAhead() {
    if (!isNamePart(in.peek())) {
      return false;
    }
    int from = in.position();
    name();
    skipBlanks();
    boolean isRule = in.lookingAt("::=");
    in.goTo(from);
    return isRule;
  }

  private Expression atom() {
    int c = in.peek();
    if (isNamePart(c)) {
      return new Expression.Call(rule(name()));
    }
    in.next();
    return switch (c) {
      case '"' -> literal();
      case '[' -> new Expression.Characters(characterClass());
      case '.' -> new Expression.Characters(CodePoints.ALL);
      case '(' -> group();
      default -> throw in.error("'" + Character.toString(c) + "' is not expected");
    };
  }

  private Expression group() {
    if (in.lookingAt("=")) {
      throw in.error("look-ahead (= ...) is not supported");
    }
    in.enter();
    Expression inside = alternatives();
    in.expect(")");
    in.leave();
    return inside;
  }

  private Expression literal() {
    StringBuilder text = new StringBuilder();
    while (!in.take("\"")) {
      text.appendCodePoint(character());
    }
    return new Expression.Text(text.toString());
  }

  private CodePoints characterClass() {
    boolean isNegated = in.take("^");
    CodePoints set = CodePoints.of();
    while (!in.take("]")) {
      int from = character();
      int to = from;
      int position = in.position();
      if (in.take("-") && in.peek() != ']') {
        to = character();
      } else {
        in.goTo(position);
      }
      if (to < from) {
        throw in.error("bad range in a character class");
      }
      set = set.union(CodePoints.of(from, to));
    }
    return isNegated ? set.complement() : set;
  }

  /** One character of a literal or class, escaped or not. */
  private int character() {
    int c = in.next();
    if (c == '\n' || c == '\r') {
      throw in.error("a literal or class is not closed before the end of the line");
    }
    if (c != '\\') {
      return in.scalar(c);
    }
    int escaped = in.next();
    return switch (escaped) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'x' -> in.hex(2);
      case 'u' -> in.hex(4);
      case 'U' -> in.hex(8);
      case '"', '\'', '\\', '[', ']', '-', '^', '/' -> escaped;
      default -> throw in.error("escape \\" + Character.toString(escaped) + " is not supported");
    };
  }

  private Expression quantified(Expression atom) {
    Expression result = atom;
    int depth = 0;
    while (true) {
      GrammarException.checkLimit(
          "quantifiers after each other", depth++, GrammarLimits.MAX_NESTING);
      if (in.take("*")) {
        result = new Expression.Repetition(result, 0, UNBOUNDED);
      } else if (in.take("+")) {
        result = new Expression.Repetition(result, 1, UNBOUNDED);
      } else if (in.take("?")) {
        result = new Expression.Repetition(result, 0, 1);
      } else if (in.take("{")) {
        result = in.repeat(result);
      } else {
        return result;
      }
    }
  }
}
