package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.Expression.UNBOUNDED;

import java.util.ArrayList;
import java.util.List;

/** Reads the regular expressions of {@link Constraint.Regex} and of a schema's {@code pattern}. */
final class RegexParser {

  private static final Expression ANYTHING =
      Expression.many(new Expression.Characters(CodePoints.ALL));

  private final SourceReader in;
  private final RegexEscapes escapes;

  private RegexParser(String pattern) {
    this.in = new SourceReader("regular expression", pattern);
    this.escapes = new RegexEscapes(in);
  }

  /** What matches {@code pattern} as a whole. */
  static Expression parse(String pattern) {
    return new RegexParser(pattern).topLevel(false);
  }

  /** What contains a match of {@code pattern}, as a JSON schema means it. */
  static Expression parseSearch(String pattern) {
    return new RegexParser(pattern).topLevel(true);
  }

  private Expression topLevel(boolean isSearch) {
    List<Expression> branches = new ArrayList<>();
    do {
      List<Expression> parts = new ArrayList<>();
      boolean isFromStart = in.take("^");
      if (isSearch && !isFromStart) {
        parts.add(ANYTHING);
      }
      parts.add(sequence());
      boolean isToEnd = in.take("$");
      if (isSearch && !isToEnd) {
        parts.add(ANYTHING);
      }
      branches.add(new Expression.Sequence(parts));
    } while (in.take("|"));
    if (in.peek() != SourceReader.END) {
      throw in.error(
          in.peek() == ')'
              ? "')' without its '('"
              : "'" + Character.toString(in.peek()) + "' after '$'");
    }
    return Expression.anyOf(branches);
  }

  private Expression alternatives() {
    List<Expression> branches = new ArrayList<>();
    do {
      branches.add(sequence());
    } while (in.take("|"));
    return Expression.anyOf(branches);
  }

  private Expression sequence() {
    List<Expression> parts = new ArrayList<>();
    while (true) {
      int c = in.peek();
      if (c == SourceReader.END || c == '|' || c == ')' || (c == '$' && isAtEndOfBranch())) {
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
      }
      parts.add(quantified(atom()));
    }
  }

  /** Whether the {@code $} here closes a branch; only the top level takes it as an anchor. */
  private boolean isAtEndOfBranch() {
    int from = in.position();
    in.next();
    int after = in.peek();
    in.goTo(from);
    return after == SourceReader.END || after == '|';
  }

  private Expression atom() {
    int c = in.next();
    return switch (c) {
      case '(' -> group();
      case '[' -> new Expression.Characters(characterClass());
      case '.' -> new Expression.Characters(CodePoints.of('\n', '\n').complement());
      case '\\' -> new Expression.Characters(escapes.outsideClass());
      case '*', '+', '?' -> throw in.error("nothing to repeat before '" + (char) c + "'");
      case '^', '$' ->
          throw in.error("anchor '" + (char) c + "' is supported at the ends of the pattern only");
      default -> {
        if (c == '{' && isQuantifier()) {
          throw in.error("nothing to repeat before '{'");
        }
        yield new Expression.Text(Character.toString(in.scalar(c)));
      }
    };
  }

  private Expression group() {
    if (in.take("?")) {
      if (in.lookingAt("=") || in.lookingAt("!") || in.lookingAt("<=") || in.lookingAt("<!")) {
        throw in.error("look-around (?= (?! (?<= (?<! is not supported");
      }
      if (in.take("P<") || in.take("<")) {
        skipName();
      } else if (!in.take(":")) {
        throw in.error("group (?" + Character.toString(in.next()) + " is not supported");
      }
    }
    in.enter();
    Expression inside = alternatives();
    in.expect(")");
    in.leave();
    return inside;
  }

  private void skipName() {
    while (in.next() != '>') {
      if (!Character.isLetterOrDigit(in.peek()) && in.peek() != '_' && in.peek() != '>') {
        throw in.error("group name is not closed by '>'");
      }
    }
  }

  private Expression quantified(Expression atom) {
    Expression result;
    if (in.take("*")) {
      result = new Expression.Repetition(atom, 0, UNBOUNDED);
    } else if (in.take("+")) {
      result = new Expression.Repetition(atom, 1, UNBOUNDED);
    } else if (in.take("?")) {
      result = new Expression.Repetition(atom, 0, 1);
    } else if (in.peek() == '{' && isQuantifierAhead()) {
      in.next();
      result = in.repeat(atom);
    } else {
      return atom;
    }
    if (in.lookingAt("+")) {
      throw in.error("possessive quantifiers are not supported");
    }
    // Lazy or not is a matter of search order; the language is the same.
    in.take("?");
    if (in.lookingAt("*") || in.lookingAt("+") || in.lookingAt("?")) {
      throw in.error("a quantifier after a quantifier");
    }
    return result;
  }

  private boolean isQuantifierAhead() {
    int from = in.position();
    in.next();
    boolean isQuantifier = isQuantifier();
    in.goTo(from);
    return isQuantifier;
  }

  /** Whether limits follow a brace; if not, the brace stands for itself as in ECMAScript. */
  private boolean isQuantifier() {
    int from = in.position();
    int numDigits = digits();
    if (in.take(",")) {
      digits();
    }
    boolean isClosed = in.peek() == '}';
    in.goTo(from);
    return numDigits > 0 && isClosed;
  }

  private int digits() {
    int from = in.position();
    while (in.peek() >= '0' && in.peek() <= '9') {
      in.next();
    }
    return in.position() - from;
  }

  private CodePoints characterClass() {
    boolean isNegated = in.take("^");
    CodePoints set = CodePoints.of();
    while (!in.take("]")) {
      if (in.lookingAt("[:") || in.lookingAt("&&")) {
        throw in.error("'[:' and '&&' in a character class are not supported");
      }
      CodePoints first = classMember();
      int from = in.position();
      if (in.take("-") && in.peek() != ']') {
        set = set.union(range(first, classMember()));
      } else {
        in.goTo(from);
        set = set.union(first);
      }
    }
    CodePoints result = isNegated ? set.complement() : set;
    if (result.isEmpty()) {
      throw in.error("character class without characters");
    }
    return result;
  }

  private CodePoints classMember() {
    int c = in.next();
    if (c == '\\') {
      return escapes.insideClass();
    }
    in.scalar(c);
    return CodePoints.of(c, c);
  }

  private CodePoints range(CodePoints first, CodePoints last) {
    int[] from = first.ranges();
    int[] to = last.ranges();
    boolean areSingle = from.length == 2 && from[0] == from[1] && to.length == 2 && to[0] == to[1];
    if (!areSingle || from[0] > to[0]) {
      throw in.error("bad range in a character class");
    }
    return CodePoints.of(from[0], to[0]);
  }
}
