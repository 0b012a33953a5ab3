package dev.gatun.model.jinja;

import dev.gatun.model.jinja.Expression.CallArguments;
import dev.gatun.model.jinja.Expression.Entry;
import dev.gatun.model.jinja.Expression.FilterCall;
import dev.gatun.model.jinja.Expression.Named;
import dev.gatun.model.jinja.Expression.Operand;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of expressions. */
final class ExpressionEvaluator {

  private final Rendering rendering;
  private final Budget budget;

  ExpressionEvaluator(Rendering rendering) {
    this.rendering = rendering;
    this.budget = rendering.budget();
  }

  Object value(Expression expression, Scope scope) {
    budget.enter();
    Object value =
        switch (expression) {
          case Expression.Constant constant -> constant.value();
          case Expression.Variable variable -> variable(variable.name(), scope);
          case Expression.ListLiteral list -> values(list.items(), scope);
          case Expression.TupleLiteral tuple -> new Tuple(values(tuple.items(), scope));
          case Expression.DictLiteral dict -> dict(dict.entries(), scope);
          case Expression.Attribute attribute ->
              Lookup.attribute(value(attribute.object(), scope), attribute.name());
          case Expression.Item item ->
              Lookup.item(budget, value(item.object(), scope), value(item.index(), scope));
          case Expression.SliceLiteral slice -> slice(slice, scope);
          case Expression.Call call ->
              rendering.call(value(call.callee(), scope), arguments(call.arguments(), scope));
          case Expression.Filter filter ->
              filter(value(filter.operand(), scope), filter.call(), scope);
          case Expression.Test test -> test(test, scope);
          case Expression.Not not -> !Types.isTrue(value(not.operand(), scope));
          case Expression.Sign sign ->
              Arithmetic.sign(value(sign.operand(), scope), sign.isNegative());
          case Expression.Arithmetic operation ->
              Arithmetic.apply(
                  budget,
                  operation.operator(),
                  value(operation.left(), scope),
                  value(operation.right(), scope));
          case Expression.Concatenation concatenation -> concatenation(concatenation, scope);
          case Expression.And and -> {
            Object left = value(and.left(), scope);
            yield Types.isTrue(left) ? value(and.right(), scope) : left;
          }
          case Expression.Or or -> {
            Object left = value(or.left(), scope);
            yield Types.isTrue(left) ? left : value(or.right(), scope);
          }
          case Expression.Comparison comparison -> comparison(comparison, scope);
          case Expression.Conditional conditional -> conditional(conditional, scope);
        };
    budget.leave();
    return value;
  }

  private static Object variable(String name, Scope scope) {
    Object value = scope.get(name);
    return value == null ? Undefined.variable(name) : value;
  }

  private List<Object> values(List<Expression> expressions, Scope scope) {
    List<Object> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(value(expression, scope));
    }
    return values;
  }

  private Object dict(List<Entry> entries, Scope scope) {
    Map<Object, Object> dict = new LinkedHashMap<>();
    for (Entry entry : entries) {
      Object key = Types.key(value(entry.key(), scope));
      dict.put(key, value(entry.value(), scope));
    }
    return dict;
  }

  private Object slice(Expression.SliceLiteral slice, Scope scope) {
    return new SliceBounds(
        bound(slice.start(), scope), bound(slice.stop(), scope), bound(slice.step(), scope));
  }

  private Object bound(@Nullable Expression bound, Scope scope) {
    return bound == null ? None.NONE : value(bound, scope);
  }

  Object filter(Object operand, FilterCall call, Scope scope) {
    return rendering.filter(call.name(), operand, arguments(call.arguments(), scope));
  }

  private Object test(Expression.Test test, Scope scope) {
    Object operand = value(test.operand(), scope);
    return rendering.test(test.name(), operand, arguments(test.arguments(), scope));
  }

  private Object concatenation(Expression.Concatenation concatenation, Scope scope) {
    TextBuilder text = new TextBuilder(budget);
    for (Expression part : concatenation.parts()) {
      text.append(rendering.str(value(part, scope)));
    }
    return text.toString();
  }

  private Object comparison(Expression.Comparison comparison, Scope scope) {
    Object left = value(comparison.first(), scope);
    for (Operand operand : comparison.rest()) {
      Object right = value(operand.right(), scope);
      if (!Comparisons.holds(budget, operand.operator(), left, right)) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private Object conditional(Expression.Conditional conditional, Scope scope) {
    if (Types.isTrue(value(conditional.condition(), scope))) {
      return value(conditional.then(), scope);
    }
    Expression otherwise = conditional.otherwise();
    if (otherwise != null) {
      return value(otherwise, scope);
    }
    return new Undefined(
        "the inline if-expression on line "
            + conditional.line()
            + " evaluated to false and no else section was defined.");
  }

  Arguments arguments(CallArguments written, Scope scope) {
    if (written.isEmpty()) {
      return Arguments.NONE;
    }
    List<Object> positional = values(written.positional(), scope);
    Map<String, Object> named = new LinkedHashMap<>();
    for (Named argument : written.named()) {
      named.put(argument.name(), value(argument.value(), scope));
    }
    if (written.unpackedList() != null) {
      positional.addAll(rendering.items(value(written.unpackedList(), scope)));
    }
    if (written.unpackedDict() != null) {
      if (!(value(written.unpackedDict(), scope) instanceof Map<?, ?> map)) {
        throw new JinjaException("argument after ** must be a mapping");
      }
      Types.cast(map).forEach((name, value) -> named.put(rendering.str(name), value));
    }
    return new Arguments(positional, named);
  }
}
