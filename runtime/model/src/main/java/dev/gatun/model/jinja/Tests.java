package dev.gatun.model.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** What may stand behind {@code is}. */
final class Tests {

  @FunctionalInterface
  interface Test {
    boolean holds(Rendering rendering, Object value, Arguments arguments);
  }

  @FunctionalInterface
  private interface Plain {
    boolean holds(Object value);
  }

  private static final Map<String, Test> TESTS =
      Map.ofEntries(
          plain("defined", value -> !(value instanceof Undefined)),
          plain("undefined", value -> value instanceof Undefined),
          plain("none", value -> value == None.NONE),
          plain("string", value -> value instanceof String),
          plain("mapping", value -> value instanceof Map<?, ?>),
          plain("iterable", Types::isIterable),
          plain("sequence", Tests::isSequence),
          plain("number", Types::isNumber),
          plain("integer", Types::isInteger),
          plain("float", value -> value instanceof Double),
          plain("boolean", value -> value instanceof Boolean),
          plain("true", value -> value.equals(true)),
          plain("false", value -> value.equals(false)),
          plain("callable", Tests::isCallable),
          plain("escaped", _ -> false),
          plain("odd", value -> remainder(value, 2).equals(BigInteger.ONE)),
          plain("even", value -> remainder(value, 2).signum() == 0),
          Map.entry("divisibleby", Tests::isDivisible),
          Map.entry("upper", (rendering, value, _) -> isCase(rendering.str(value), true)),
          Map.entry("lower", (rendering, value, _) -> isCase(rendering.str(value), false)),
          Map.entry("sameas", (_, value, args) -> Comparisons.isSame(value, other(args))),
          Map.entry("filter", (_, value, _) -> value instanceof String s && Filters.exists(s)),
          Map.entry("test", (_, value, _) -> value instanceof String s && exists(s)),
          compare("eq", "=="),
          compare("equalto", "=="),
          compare("==", "=="),
          compare("ne", "!="),
          compare("!=", "!="),
          compare("lt", "<"),
          compare("lessthan", "<"),
          compare("<", "<"),
          compare("le", "<="),
          compare("<=", "<="),
          compare("gt", ">"),
          compare("greaterthan", ">"),
          compare(">", ">"),
          compare("ge", ">="),
          compare(">=", ">="),
          compare("in", "in"));

  private Tests() {}

  static boolean exists(String name) {
    return TESTS.containsKey(name);
  }

  static Test get(String name) {
    Test test = TESTS.get(name);
    if (test == null) {
      throw new JinjaException("no test named '" + name + "'");
    }
    return test;
  }

  private static Map.Entry<String, Test> plain(String name, Plain test) {
    return Map.entry(
        name,
        (_, value, arguments) -> {
          arguments.bind("test '" + name + "'");
          return test.holds(value);
        });
  }

  private static Map.Entry<String, Test> compare(String name, String operator) {
    return Map.entry(
        name,
        (rendering, value, arguments) ->
            Comparisons.holds(rendering.budget(), operator, value, other(arguments)));
  }

  private static Object other(Arguments arguments) {
    return arguments.bind("a test", "other").required("other");
  }

  private static boolean isSequence(Object value) {
    return switch (value) {
      case String _ -> true;
      case List<?> _ -> true;
      case Tuple _ -> true;
      case Map<?, ?> _ -> true;
      case Range _ -> true;
      case Undefined _ -> true;
      default -> false;
    };
  }

  private static boolean isCallable(Object value) {
    return (value instanceof Callable && !(value instanceof Callable.Cycler))
        || value instanceof Loop
        || value instanceof Undefined;
  }

  private static boolean isCase(String text, boolean isUpper) {
    return Strings.hasOnlyCase(text, isUpper ? Character::isUpperCase : Character::isLowerCase);
  }

  private static boolean isDivisible(Rendering rendering, Object value, Arguments arguments) {
    Object divisor = arguments.bind("test 'divisibleby'", "num").required("num");
    Object rest = Arithmetic.apply(rendering.budget(), "%", value, divisor);
    return Types.isNumber(rest) && !Types.isTrue(rest);
  }

  private static BigInteger remainder(Object value, int divisor) {
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (value instanceof Double number) {
      boolean isWhole = number % divisor == Math.rint(number % divisor);
      return isWhole ? BigInteger.valueOf((long) Math.abs(number % divisor)) : BigInteger.TEN;
    }
    BigInteger integer = Numbers.integer(value);
    if (integer == null) {
      throw new JinjaException(
          "unsupported operand type(s) for %: '" + Types.name(value) + "' and 'int'");
    }
    return integer.mod(BigInteger.valueOf(divisor));
  }
}
