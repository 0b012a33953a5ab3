package dev.gatun.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;

/** Filters for single values: defaults, numbers, JSON. */
final class ValueFilters {

  static final Map<String, Filters.Filter> ALL =
      Map.ofEntries(
          Map.entry("default", ValueFilters::defaulted),
          Map.entry("d", ValueFilters::defaulted),
          Map.entry("int", ValueFilters::integer),
          Map.entry("float", ValueFilters::floating),
          Map.entry("abs", ValueFilters::absolute),
          Map.entry("round", ValueFilters::round),
          Map.entry("attr", ValueFilters::attribute),
          Map.entry("length", (_, value, _) -> (long) Types.length(value)),
          Map.entry("count", (_, value, _) -> (long) Types.length(value)),
          Map.entry("tojson", ValueFilters::toJson));

  private ValueFilters() {}

  private static Object defaulted(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("default()", "default_value", "boolean");
    boolean isAbsent =
        value instanceof Undefined || (bound.isTrue("boolean", false) && !Types.isTrue(value));
    return isAbsent ? bound.or("default_value", "") : value;
  }

  private static Object integer(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("int()", "default", "base");
    Object fallback = bound.or("default", 0L);
    return switch (value) {
      case Undefined undefined -> throw undefined.failure();
      case String text -> {
        rendering.budget().text(text.length());
        Object parsed = Numbers.parseInteger(text, bound.integer("base", 10));
        Double number = parsed == null ? Numbers.parseDouble(text) : null;
        yield parsed != null ? parsed : number == null ? fallback : truncated(number, fallback);
      }
      case Double number -> truncated(number, fallback);
      default -> {
        BigInteger number = Numbers.integer(value);
        yield number == null ? fallback : Numbers.normalized(number);
      }
    };
  }

  private static Object truncated(double number, Object fallback) {
    return Double.isNaN(number) || Double.isInfinite(number)
        ? fallback
        : Numbers.normalized(new BigDecimal(number).toBigInteger());
  }

  private static Object floating(Rendering rendering, Object value, Arguments arguments) {
    Object fallback = arguments.bind("float()", "default").or("default", 0.0);
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (value instanceof String text) {
      rendering.budget().text(text.length());
      Double number = Numbers.parseDouble(text);
      return number == null ? fallback : number;
    }
    return Types.isNumber(value) ? (Object) Numbers.toDouble(value) : fallback;
  }

  private static Object absolute(Rendering rendering, Object value, Arguments arguments) {
    if (value instanceof Double number) {
      return Math.abs(number);
    }
    BigInteger integer = Numbers.integer(value);
    if (integer == null) {
      throw new JinjaException("bad operand type for abs(): '" + Types.name(value) + "'");
    }
    return Numbers.normalized(integer.abs());
  }

  private static Object round(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("round()", "precision", "method");
    int precision = bound.integer("precision", 0);
    String method = bound.string("method", "common");
    RoundingMode mode =
        switch (method) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new JinjaException("method must be common, ceil or floor");
        };
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (!Types.isNumber(value)) {
      throw new JinjaException("type " + Types.name(value) + " can not be rounded");
    }
    BigInteger integer = Numbers.integer(value);
    if (integer != null && mode == RoundingMode.HALF_EVEN) {
      return precision >= 0 ? Numbers.normalized(integer) : roundInteger(integer, precision);
    }
    double number = Numbers.toDouble(value);
    boolean isExact = Double.isNaN(number) || Double.isInfinite(number) || precision > 400;
    if (isExact) {
      return number;
    }
    if (mode == RoundingMode.HALF_EVEN) {
      BigDecimal rounded = new BigDecimal(number).setScale(Math.max(precision, -400), mode);
      return Math.copySign(rounded.doubleValue(), number);
    }
    double factor = Math.pow(10, precision);
    double scaled = number * factor;
    return (mode == RoundingMode.CEILING ? Math.ceil(scaled) : Math.floor(scaled)) / factor;
  }

  private static Object roundInteger(BigInteger integer, int precision) {
    BigDecimal rounded =
        new BigDecimal(integer).setScale(Math.max(precision, -6000), RoundingMode.HALF_EVEN);
    return Numbers.normalized(rounded.toBigInteger());
  }

  private static Object attribute(Rendering rendering, Object value, Arguments arguments) {
    return Lookup.pythonAttribute(value, arguments.bind("attr()", "name").requiredString("name"));
  }

  private static Object toJson(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound =
        arguments.bind("tojson()", "ensure_ascii", "indent", "separators", "sort_keys");
    Object indent = bound.or("indent", None.NONE);
    boolean isIndented = indent != None.NONE;
    String indentation = "";
    if (indent instanceof String given) {
      indentation = given;
    } else if (isIndented) {
      int width = bound.integer("indent", 0);
      indentation = new TextBuilder(rendering.budget()).repeat(" ", width).toString();
    }
    List<Object> separators = List.of(isIndented ? "," : ", ", ": ");
    if (bound.or("separators", None.NONE) != None.NONE) {
      separators = rendering.items(bound.required("separators"));
    }
    if (separators.size() != 2
        || !(separators.getFirst() instanceof String itemSeparator)
        || !(separators.getLast() instanceof String keySeparator)) {
      throw new JinjaException("tojson(): separators must be two strings");
    }
    return Json.write(
        rendering.budget(),
        value,
        new Json.Format(
            bound.isTrue("ensure_ascii", false),
            isIndented,
            indentation,
            itemSeparator,
            keySeparator,
            bound.isTrue("sort_keys", false)));
  }
}
