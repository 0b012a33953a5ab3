package dev.gatun.model.jinja;

import dev.gatun.model.jinja.Token.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parsers' place in the tokens, and what they have to know about the way to it. */
final class TokenStream {

  private final List<Token> tokens;
  private int at;
  private int nesting;

  /** Above 0 where an unknown filter or test may never be reached, which Jinja allows. */
  private int conditions;

  /** The first unknown filter or test of this tag that no condition guards. */
  private @Nullable JinjaException unknown;

  /** Names read since the innermost macro began: they tell whether it takes varargs. */
  private Set<String> namesRead = new HashSet<>();

  TokenStream(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(at);
  }

  Token lookAhead() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  int line() {
    return current().line();
  }

  Token next() {
    Token token = current();
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  boolean is(Kind kind) {
    return current().kind() == kind;
  }

  boolean isOperator(String operator) {
    return current().isOperator(operator);
  }

  boolean isName(String name) {
    return current().isName(name);
  }

  boolean skipOperator(String operator) {
    boolean isHere = isOperator(operator);
    if (isHere) {
      next();
    }
    return isHere;
  }

  boolean skipName(String name) {
    boolean isHere = isName(name);
    if (isHere) {
      next();
    }
    return isHere;
  }

  Token expect(Kind kind, String what) {
    if (!is(kind)) {
      throw unexpected(what);
    }
    return next();
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  void expectName(String name) {
    if (!skipName(name)) {
      throw unexpected("'" + name + "'");
    }
  }

  JinjaException unexpected(String expected) {
    return fail("expected " + expected + ", found " + current().described());
  }

  JinjaException fail(String message) {
    return JinjaException.at(line(), message);
  }

  void enter() {
    if (++nesting > Budget.MAX_NESTING) {
      throw fail("nested deeper than " + Budget.MAX_NESTING + " levels");
    }
  }

  void leave() {
    nesting--;
  }

  void enterCondition() {
    conditions++;
  }

  void leaveCondition() {
    conditions--;
  }

  void noteUnknown(String message) {
    if (conditions == 0 && unknown == null) {
      unknown = fail(message);
    }
  }

  @Nullable JinjaException unknown() {
    return unknown;
  }

  /** Forgets what was noted after {@code earlier}: a condition turned out to guard it. */
  void resetUnknown(@Nullable JinjaException earlier) {
    unknown = earlier;
  }

  void throwUnknown() {
    if (unknown != null) {
      throw unknown;
    }
  }

  void noteNameRead(String name) {
    namesRead.add(name);
  }

  Set<String> beginNames() {
    Set<String> outer = namesRead;
    namesRead = new HashSet<>();
    return outer;
  }

  /** The names read since {@link #beginNames}, which returned {@code outer}. */
  Set<String> endNames(Set<String> outer) {
    Set<String> inner = namesRead;
    outer.addAll(inner);
    namesRead = outer;
    return inner;
  }
}
