package dev.gatun.model.grammar;

import java.util.ArrayList;
import java.util.List;

/** The named rules of one grammar; rule 0 is the root. Belongs to the thread that compiles. */
final class Rules {

  static final int ROOT = 0;

  private final List<String> names = new ArrayList<>();
  private final List<Expression> bodies = new ArrayList<>();

  /** A grammar of one rule. */
  static Rules of(String name, Expression body) {
    Rules rules = new Rules();
    rules.define(rules.declare(name), body);
    return rules;
  }

  /** Number of a new rule, which must be defined before the grammar is used. */
  int declare(String name) {
    names.add(name);
    bodies.add(Expression.EMPTY);
    return names.size() - 1;
  }

  void define(int rule, Expression body) {
    bodies.set(rule, body);
  }

  int size() {
    return names.size();
  }

  String name(int rule) {
    return names.get(rule);
  }

  Expression body(int rule) {
    return bodies.get(rule);
  }
}
