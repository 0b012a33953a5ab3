package dev.gatun.model.jinja;

import dev.gatun.model.jinja.Expression.CallArguments;
import dev.gatun.model.jinja.Expression.FilterCall;
import dev.gatun.model.jinja.Expression.Operand;
import dev.gatun.model.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Expressions by Jinja's precedence, loosest first: if-else, or, and, not, comparisons, + -, ~, * /
 * // %, **, signs, and then what is written behind an operand: attributes, items, calls, filters,
 * tests. One method per level.
 */
final class ExpressionParser {

  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Map<String, Object> CONSTANTS =
      Map.of(
          "true", true, "True", true, "false", false, "False", false, "none", None.NONE, "None",
          None.NONE);

  private final TokenStream tokens;
  private final PrimaryParser primary;

  ExpressionParser(TokenStream tokens) {
    this.tokens = tokens;
    this.primary = new PrimaryParser(tokens, this);
  }

  Expression expression() {
    return nested(this::conditional);
  }

  /** An expression without if-else at its top: where {@code if} has a meaning of its own. */
  Expression withoutConditional() {
    return nested(this::or);
  }

  /** One expression, or several with commas between them: a tuple. */
  Expression tuple(boolean withConditional) {
    Supplier<Expression> item = withConditional ? this::expression : this::withoutConditional;
    Expression first = item.get();
    if (!tokens.isOperator(",")) {
      return first;
    }
    List<Expression> items = new ArrayList<>(List.of(first));
    while (tokens.skipOperator(",")) {
      boolean isEnd =
          tokens.is(Kind.VARIABLE_END)
              || tokens.is(Kind.BLOCK_END)
              || tokens.isOperator(")")
              || tokens.isName("recursive");
      if (isEnd) {
        break;
      }
      items.add(item.get());
    }
    return new Expression.TupleLiteral(List.copyOf(items));
  }

  private Expression nested(Supplier<Expression> level) {
    tokens.enter();
    Expression expression = level.get();
    tokens.leave();
    return expression;
  }

  private Expression conditional() {
    int line = tokens.line();
    JinjaException earlier = tokens.unknown();
    Expression then = or();
    while (tokens.skipName("if")) {
      tokens.resetUnknown(earlier); // whether a condition follows is known only here
      tokens.enterCondition();
      Expression condition = or();
      Expression otherwise = tokens.skipName("else") ? expression() : null;
      tokens.leaveCondition();
      then = new Expression.Conditional(condition, then, otherwise, line);
    }
    return then;
  }

  private Expression or() {
    Expression left = and();
    while (tokens.skipName("or")) {
      left = new Expression.Or(left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.skipName("and")) {
      left = new Expression.And(left, not());
    }
    return left;
  }

  private Expression not() {
    if (tokens.skipName("not")) {
      return new Expression.Not(nested(this::not));
    }
    return comparison();
  }

  private Expression comparison() {
    Expression first = sum();
    List<Operand> rest = new ArrayList<>();
    while (true) {
      Token token = tokens.current();
      if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
        tokens.next();
        rest.add(new Operand(token.text(), sum()));
      } else if (tokens.skipName("in")) {
        rest.add(new Operand("in", sum()));
      } else if (token.isName("not") && tokens.lookAhead().isName("in")) {
        tokens.next();
        tokens.next();
        rest.add(new Operand("not in", sum()));
      } else {
        break;
      }
    }
    return rest.isEmpty() ? first : new Expression.Comparison(first, List.copyOf(rest));
  }

  private Expression sum() {
    return arithmetic(this::concatenation, Set.of("+", "-"));
  }

  private Expression concatenation() {
    Expression first = product();
    if (!tokens.isOperator("~")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (tokens.skipOperator("~")) {
      parts.add(product());
    }
    return new Expression.Concatenation(List.copyOf(parts));
  }

  private Expression product() {
    return arithmetic(this::power, Set.of("*", "/", "//", "%"));
  }

  private Expression power() {
    return arithmetic(() -> unary(true), Set.of("**"));
  }

  private Expression arithmetic(Supplier<Expression> operand, Set<String> operators) {
    Expression left = operand.get();
    while (tokens.is(Kind.OPERATOR) && operators.contains(tokens.current().text())) {
      String operator = tokens.next().text();
      left = new Expression.Arithmetic(operator, left, operand.get());
    }
    return left;
  }

  private Expression unary(boolean withFilters) {
    Expression operand;
    if (tokens.isOperator("-") || tokens.isOperator("+")) {
      boolean isNegative = tokens.next().text().equals("-");
      operand = new Expression.Sign(nested(() -> unary(false)), isNegative);
    } else {
      operand = primary.primary();
    }
    operand = primary.postfix(operand);
    return withFilters ? filters(operand) : operand;
  }

  private Expression filters(Expression operand) {
    Expression result = operand;
    while (true) {
      if (tokens.isOperator("|")) {
        result = new Expression.Filter(result, filterCall());
      } else if (tokens.isName("is")) {
        tokens.next();
        result = test(result);
      } else if (tokens.isOperator("(")) {
        result = new Expression.Call(result, primary.arguments());
      } else {
        return result;
      }
    }
  }

  /** {@code | name(arguments)}. */
  private FilterCall filterCall() {
    tokens.expectOperator("|");
    return filterCallWithoutBar();
  }

  FilterCall filterCallWithoutBar() {
    String name = dottedName("a filter");
    if (!Filters.exists(name)) {
      tokens.noteUnknown("no filter named '" + name + "'");
    }
    CallArguments arguments = tokens.isOperator("(") ? primary.arguments() : CallArguments.NONE;
    return new FilterCall(name, arguments);
  }

  /** {@code | a | b(c)} behind a tag's name or target. */
  List<FilterCall> filterChain() {
    List<FilterCall> filters = new ArrayList<>();
    while (tokens.isOperator("|")) {
      filters.add(filterCall());
    }
    return List.copyOf(filters);
  }

  private Expression test(Expression operand) {
    boolean isNegated = tokens.skipName("not");
    String name = dottedName("a test");
    if (!Tests.exists(name)) {
      tokens.noteUnknown("no test named '" + name + "'");
    }
    Expression test = new Expression.Test(operand, name, testArguments());
    return isNegated ? new Expression.Not(test) : test;
  }

  private CallArguments testArguments() {
    if (tokens.isOperator("(")) {
      return primary.arguments();
    }
    Expression argument = bareTestArgument();
    return argument == null
        ? CallArguments.NONE
        : new CallArguments(List.of(argument), List.of(), null, null);
  }

  /** The argument of {@code x is divisibleby 3}, null if none follows. */
  private @Nullable Expression bareTestArgument() {
    boolean isArgument =
        switch (tokens.current().kind()) {
          case NAME -> !tokens.isName("else") && !tokens.isName("or") && !tokens.isName("and");
          case STRING, INTEGER, FLOAT -> true;
          case OPERATOR -> tokens.isOperator("[") || tokens.isOperator("{");
          case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, END -> false;
        };
    if (!isArgument) {
      return null;
    }
    if (tokens.isName("is")) {
      throw tokens.fail("tests cannot be chained with 'is'");
    }
    return nested(() -> primary.postfix(primary.primary()));
  }

  private String dottedName(String what) {
    StringBuilder name = new StringBuilder(tokens.expect(Kind.NAME, "the name of " + what).text());
    while (tokens.skipOperator(".")) {
      name.append('.').append(tokens.expect(Kind.NAME, "the name of " + what).text());
    }
    return name.toString();
  }

  static @Nullable Object constant(String name) {
    return CONSTANTS.get(name);
  }
}
