package dev.gatun.model.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Syntax tree of what stands between expressions. Immutable; lines count from 1. */
sealed interface Statement {

  record Data(String text) implements Statement {}

  record Output(Expression expression, int line) implements Statement {}

  record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

  record Branch(Expression condition, List<Statement> body, int line) {}

  record For(
      Target target,
      Expression iterable,
      @Nullable Expression condition,
      boolean isRecursive,
      List<Statement> body,
      List<Statement> otherwise,
      int line)
      implements Statement {}

  record Set(Target target, Expression value, int line) implements Statement {}

  record SetBlock(
      Target target, List<Expression.FilterCall> filters, List<Statement> body, int line)
      implements Statement {}

  record MacroDefinition(
      String name,
      List<Parameter> parameters,
      List<Statement> body,
      boolean takesCaller,
      boolean takesVarargs,
      boolean takesKwargs,
      int line)
      implements Statement {}

  record Parameter(String name, @Nullable Expression defaultValue) {}

  /** Calls a macro with the body as its {@code caller}. */
  record CallBlock(Expression.Call call, MacroDefinition caller, int line) implements Statement {}

  record FilterBlock(List<Expression.FilterCall> filters, List<Statement> body, int line)
      implements Statement {}

  record With(List<Target> targets, List<Expression> values, List<Statement> body, int line)
      implements Statement {}

  /** A body with a scope of its own that prints in place: block, generation. */
  record Scoped(List<Statement> body) implements Statement {}

  record Break() implements Statement {}

  record Continue() implements Statement {}

  /** What can be assigned to. */
  sealed interface Target {

    record Name(String name) implements Target {}

    record NamespaceAttribute(String namespace, String attribute) implements Target {}

    record Unpacked(List<Target> targets) implements Target {}
  }
}
