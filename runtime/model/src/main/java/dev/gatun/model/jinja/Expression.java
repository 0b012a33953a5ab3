package dev.gatun.model.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Syntax tree of expressions. Immutable. */
sealed interface Expression {

  record Constant(Object value) implements Expression {}

  record Variable(String name) implements Expression {}

  record ListLiteral(List<Expression> items) implements Expression {}

  record TupleLiteral(List<Expression> items) implements Expression {}

  record DictLiteral(List<Entry> entries) implements Expression {}

  /** {@code object.name}: Python attributes first, then items. */
  record Attribute(Expression object, String name) implements Expression {}

  /** {@code object[index]}: items first, then Python attributes. */
  record Item(Expression object, Expression index) implements Expression {}

  /** The inside of {@code [start:stop:step]}. */
  record SliceLiteral(
      @Nullable Expression start, @Nullable Expression stop, @Nullable Expression step)
      implements Expression {}

  record Call(Expression callee, CallArguments arguments) implements Expression {}

  record Filter(Expression operand, FilterCall call) implements Expression {}

  record Test(Expression operand, String name, CallArguments arguments) implements Expression {}

  record Not(Expression operand) implements Expression {}

  record Sign(Expression operand, boolean isNegative) implements Expression {}

  record Arithmetic(String operator, Expression left, Expression right) implements Expression {}

  record Concatenation(List<Expression> parts) implements Expression {}

  record And(Expression left, Expression right) implements Expression {}

  record Or(Expression left, Expression right) implements Expression {}

  /** {@code first < a <= b}: all comparisons must hold. */
  record Comparison(Expression first, List<Operand> rest) implements Expression {}

  record Conditional(
      Expression condition, Expression then, @Nullable Expression otherwise, int line)
      implements Expression {}

  record Entry(Expression key, Expression value) {}

  record Operand(String operator, Expression right) {}

  record FilterCall(String name, CallArguments arguments) {}

  record Named(String name, Expression value) {}

  /** Arguments of a call as written: positional, named, {@code *list} and {@code **dict}. */
  record CallArguments(
      List<Expression> positional,
      List<Named> named,
      @Nullable Expression unpackedList,
      @Nullable Expression unpackedDict) {

    static final CallArguments NONE = new CallArguments(List.of(), List.of(), null, null);

    boolean isEmpty() {
      return positional.isEmpty()
          && named.isEmpty()
          && unpackedList == null
          && unpackedDict == null;
    }
  }
}
