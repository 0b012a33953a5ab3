package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.Expression.many;
import static dev.gatun.model.grammar.Expression.optional;
import static dev.gatun.model.grammar.Expression.sequence;
import static dev.gatun.model.grammar.Expression.text;

import java.util.ArrayList;
import java.util.List;

/**
 * The parts that JSON documents are made of, as rules of one grammar. Strings, numbers and free
 * values are rules of their own and not copied to each place, since the masks of a rule are shared
 * by all places that call it.
 */
final class JsonRules {

  private static final int UNDECLARED = -1;

  private final Rules rules;
  private final Expression blank;
  private int string = UNDECLARED;
  private int number = UNDECLARED;
  private int integer = UNDECLARED;
  private int value = UNDECLARED;
  private int object = UNDECLARED;
  private int array = UNDECLARED;

  JsonRules(Rules rules, Whitespace whitespace) {
    this.rules = rules;
    this.blank = RegexParser.parse(whitespace.pattern());
  }

  /** The grammar of any JSON object. */
  static Rules anyObject(Whitespace whitespace) {
    Rules rules = new Rules();
    int root = rules.declare("root");
    rules.define(root, new JsonRules(rules, whitespace).object());
    return rules;
  }

  Expression string() {
    if (string == UNDECLARED) {
      string = rules.declare("string");
      rules.define(string, sequence(text("\""), many(JsonStrings.CHARACTER), text("\"")));
    }
    return new Expression.Call(string);
  }

  Expression number() {
    if (number == UNDECLARED) {
      // Larger exponents are no numbers to most readers of JSON.
      number = rules.declare("number");
      rules.define(number, RegexParser.parse("-?(0|[1-9]\\d*)(\\.\\d+)?([eE][+-]?\\d{1,2})?"));
    }
    return new Expression.Call(number);
  }

  Expression integer() {
    if (integer == UNDECLARED) {
      integer = rules.declare("integer");
      rules.define(integer, RegexParser.parse("-?(0|[1-9]\\d*)"));
    }
    return new Expression.Call(integer);
  }

  Expression value() {
    if (value == UNDECLARED) {
      value = rules.declare("value");
      List<Expression> kinds = new ArrayList<>(List.of(object(), array(), string(), number()));
      kinds.addAll(List.of(text("true"), text("false"), text("null")));
      rules.define(value, Expression.anyOf(kinds));
    }
    return new Expression.Call(value);
  }

  Expression object() {
    if (object == UNDECLARED) {
      object = rules.declare("object");
      rules.define(object, objectOf(List.of(anyNumberOf(member(string(), value())))));
    }
    return new Expression.Call(object);
  }

  Expression array() {
    if (array == UNDECLARED) {
      array = rules.declare("array");
      Expression item = value();
      rules.define(array, arrayOf(optional(sequence(item, many(sequence(comma(), item))))));
    }
    return new Expression.Call(array);
  }

  /** An optional member that stands for any number of {@code body}. */
  Expression.Member anyNumberOf(Expression body) {
    return new Expression.Member(sequence(body, many(sequence(comma(), body))), false);
  }

  /** A key, spelled with its quotes, and its value. */
  Expression member(Expression key, Expression memberValue) {
    return sequence(key, blank, text(":"), blank, memberValue);
  }

  Expression objectOf(List<Expression.Member> members) {
    Expression inside =
        members.isEmpty() ? Expression.EMPTY : new Expression.Members(members, comma());
    return sequence(text("{"), blank, inside, blank, text("}"));
  }

  Expression arrayOf(Expression elements) {
    return sequence(text("["), blank, elements, blank, text("]"));
  }

  Expression comma() {
    return sequence(blank, text(","), blank);
  }
}
