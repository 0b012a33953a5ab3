package dev.gatun.model.jinja;

import dev.gatun.model.jinja.Expression.CallArguments;
import dev.gatun.model.jinja.Expression.Entry;
import dev.gatun.model.jinja.Expression.Named;
import dev.gatun.model.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Literals, names, parentheses, and attributes, items and calls behind them. */
final class PrimaryParser {

  private final TokenStream tokens;
  private final ExpressionParser expressions;

  PrimaryParser(TokenStream tokens, ExpressionParser expressions) {
    this.tokens = tokens;
    this.expressions = expressions;
  }

  Expression primary() {
    Token token = tokens.current();
    return switch (token.kind()) {
      case NAME -> name();
      case STRING -> string();
      case INTEGER -> {
        tokens.next();
        yield new Expression.Constant(NumberLiteral.integer(token.text(), token.line()));
      }
      case FLOAT -> {
        tokens.next();
        yield new Expression.Constant(Double.parseDouble(token.text()));
      }
      case OPERATOR ->
          switch (token.text()) {
            case "(" -> parenthesized();
            case "[" -> list();
            case "{" -> dict();
            default -> throw tokens.unexpected("an expression");
          };
      case DATA, BLOCK_BEGIN, BLOCK_END, VARIABLE_BEGIN, VARIABLE_END, END ->
          throw tokens.unexpected("an expression");
    };
  }

  private Expression name() {
    String name = tokens.next().text();
    Object constant = ExpressionParser.constant(name);
    if (constant != null) {
      return new Expression.Constant(constant);
    }
    tokens.noteNameRead(name);
    return new Expression.Variable(name);
  }

  /** String literals that follow each other are one, as in Python. */
  private Expression string() {
    StringBuilder text = new StringBuilder(tokens.next().text());
    while (tokens.is(Kind.STRING)) {
      text.append(tokens.next().text());
    }
    return new Expression.Constant(text.toString());
  }

  private Expression parenthesized() {
    tokens.expectOperator("(");
    if (tokens.skipOperator(")")) {
      return new Expression.TupleLiteral(List.of());
    }
    Expression inside = expressions.tuple(true);
    tokens.expectOperator(")");
    return inside;
  }

  private Expression list() {
    tokens.expectOperator("[");
    List<Expression> items = new ArrayList<>();
    while (!tokens.isOperator("]")) {
      if (!items.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.isOperator("]")) {
          break;
        }
      }
      items.add(expressions.expression());
    }
    tokens.expectOperator("]");
    return new Expression.ListLiteral(List.copyOf(items));
  }

  private Expression dict() {
    tokens.expectOperator("{");
    List<Entry> entries = new ArrayList<>();
    while (!tokens.isOperator("}")) {
      if (!entries.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.isOperator("}")) {
          break;
        }
      }
      Expression key = expressions.expression();
      tokens.expectOperator(":");
      entries.add(new Entry(key, expressions.expression()));
    }
    tokens.expectOperator("}");
    return new Expression.DictLiteral(List.copyOf(entries));
  }

  /** {@code operand} with the attributes, items and calls that follow it. */
  Expression postfix(Expression operand) {
    Expression result = operand;
    while (true) {
      if (tokens.skipOperator(".")) {
        Token attribute = tokens.next();
        result =
            switch (attribute.kind()) {
              case NAME -> new Expression.Attribute(result, attribute.text());
              case INTEGER ->
                  new Expression.Item(
                      result,
                      new Expression.Constant(
                          NumberLiteral.integer(attribute.text(), attribute.line())));
              case DATA,
                  BLOCK_BEGIN,
                  BLOCK_END,
                  VARIABLE_BEGIN,
                  VARIABLE_END,
                  STRING,
                  FLOAT,
                  OPERATOR,
                  END ->
                  throw JinjaException.at(attribute.line(), "expected a name or number after '.'");
            };
      } else if (tokens.isOperator("[")) {
        result = new Expression.Item(result, index());
      } else if (tokens.isOperator("(")) {
        result = new Expression.Call(result, arguments());
      } else {
        return result;
      }
    }
  }

  private Expression index() {
    tokens.expectOperator("[");
    List<Expression> indices = new ArrayList<>();
    boolean isTuple = false;
    while (!tokens.isOperator("]")) {
      if (!indices.isEmpty()) {
        tokens.expectOperator(",");
        isTuple = true;
      }
      indices.add(indexOrSlice());
    }
    tokens.expectOperator("]");
    if (indices.isEmpty()) {
      throw tokens.fail("expected an index between '[' and ']'");
    }
    return isTuple ? new Expression.TupleLiteral(List.copyOf(indices)) : indices.getFirst();
  }

  private Expression indexOrSlice() {
    Expression start = null;
    if (!tokens.isOperator(":")) {
      start = expressions.expression();
      if (!tokens.isOperator(":")) {
        return start;
      }
    }
    tokens.expectOperator(":");
    Expression stop = sliceBound();
    Expression step = tokens.skipOperator(":") ? sliceBound() : null;
    return new Expression.SliceLiteral(start, stop, step);
  }

  private @Nullable Expression sliceBound() {
    boolean isAbsent = tokens.isOperator(":") || tokens.isOperator("]") || tokens.isOperator(",");
    return isAbsent ? null : expressions.expression();
  }

  CallArguments arguments() {
    tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<Named> named = new ArrayList<>();
    Expression unpackedList = null;
    Expression unpackedDict = null;
    boolean isFirst = true;
    while (!tokens.isOperator(")")) {
      if (!isFirst) {
        tokens.expectOperator(",");
        if (tokens.isOperator(")")) {
          break;
        }
      }
      isFirst = false;
      if (tokens.skipOperator("*")) {
        check(unpackedList == null && unpackedDict == null);
        unpackedList = expressions.expression();
      } else if (tokens.skipOperator("**")) {
        check(unpackedDict == null);
        unpackedDict = expressions.expression();
      } else if (tokens.is(Kind.NAME) && tokens.lookAhead().isOperator("=")) {
        check(unpackedDict == null);
        String name = tokens.next().text();
        if (named.stream().anyMatch(argument -> argument.name().equals(name))) {
          throw tokens.fail("keyword argument repeated: " + name);
        }
        tokens.expectOperator("=");
        named.add(new Named(name, expressions.expression()));
      } else {
        check(unpackedList == null && unpackedDict == null && named.isEmpty());
        positional.add(expressions.expression());
      }
    }
    tokens.expectOperator(")");
    return new CallArguments(
        List.copyOf(positional), List.copyOf(named), unpackedList, unpackedDict);
  }

  private void check(boolean isInOrder) {
    if (!isInOrder) {
      throw tokens.fail("invalid syntax for function call expression");
    }
  }
}
