package dev.gatun.model.grammar;

import java.util.ArrayList;
import java.util.List;

/** What a rule accepts, before it becomes nodes of an {@link Automaton}. Immutable. */
sealed interface Expression {

  /** {@link Repetition#max} without an upper bound. */
  int UNBOUNDED = -1;

  Expression EMPTY = new Text("");

  /** These characters, one after the other. */
  record Text(String text) implements Expression {}

  /** One character of a set; an empty set accepts nothing at all. */
  record Characters(CodePoints set) implements Expression {}

  record Sequence(List<Expression> parts) implements Expression {}

  record Alternatives(List<Expression> options) implements Expression {}

  record Repetition(Expression body, int min, int max) implements Expression {}

  /** The rule with this number in {@link Rules}. */
  record Call(int rule) implements Expression {}

  /** Items in this order with separators between those that are there. */
  record Members(List<Member> members, Expression separator) implements Expression {}

  record Member(Expression body, boolean isRequired) {}

  static Expression text(String text) {
    return new Text(text);
  }

  static Expression sequence(Expression... parts) {
    return new Sequence(List.of(parts));
  }

  static Expression anyOf(List<Expression> options) {
    return options.size() == 1 ? options.getFirst() : new Alternatives(List.copyOf(options));
  }

  static Expression anyOf(Expression... options) {
    return anyOf(List.of(options));
  }

  static Expression optional(Expression body) {
    return new Repetition(body, 0, 1);
  }

  static Expression many(Expression body) {
    return new Repetition(body, 0, UNBOUNDED);
  }

  /** One of {@code options}, spelled out. */
  static Expression textsOf(List<String> options) {
    List<Expression> texts = new ArrayList<>(options.size());
    for (String option : options) {
      texts.add(new Text(option));
    }
    return anyOf(texts);
  }
}
