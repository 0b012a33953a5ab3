package dev.gatun.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** Python's {@code "..." % values}. */
final class PercentFormat {

  private final Budget budget;
  private final String format;
  private final Object values;
  private final TextBuilder out;
  private int at;
  private int used;

  private PercentFormat(Budget budget, String format, Object values) {
    this.budget = budget;
    this.format = format;
    this.values = values;
    this.out = new TextBuilder(budget);
  }

  static String format(Budget budget, String format, Object values) {
    return new PercentFormat(budget, format, values).run();
  }

  private String run() {
    while (at < format.length()) {
      int percent = format.indexOf('%', at);
      if (percent < 0) {
        out.append(format.substring(at));
        break;
      }
      out.append(format.substring(at, percent));
      at = percent + 1;
      conversion();
    }
    boolean isLeft =
        values instanceof Tuple tuple
            ? used < tuple.items().size()
            : used == 0 && !(values instanceof Map<?, ?>) && !(values instanceof List<?>);
    if (isLeft) {
      throw new JinjaException("not all arguments converted during string formatting");
    }
    return out.toString();
  }

  private void conversion() {
    Object named = null;
    if (at < format.length() && format.charAt(at) == '(') {
      int end = format.indexOf(')', at);
      if (end < 0 || !(values instanceof Map<?, ?> map)) {
        throw new JinjaException("format requires a mapping");
      }
      named = map.get(format.substring(at + 1, end));
      if (named == null) {
        throw new JinjaException("KeyError: " + Text.shortRepr(format.substring(at + 1, end)));
      }
      used = 1;
      at = end + 1;
    }
    int flagsStart = at;
    while (at < format.length() && "-+ #0".indexOf(format.charAt(at)) >= 0) {
      at++;
    }
    String flags = format.substring(flagsStart, at);
    int width = number();
    int precision = -1;
    if (at < format.length() && format.charAt(at) == '.') {
      at++;
      precision = Math.max(0, number());
    }
    if (at >= format.length()) {
      throw new JinjaException("incomplete format");
    }
    char type = format.charAt(at++);
    if (type == '%') {
      out.append('%');
      return;
    }
    out.append(convert(type, named == null ? nextValue() : named, flags, width, precision));
  }

  private int number() {
    if (at < format.length() && format.charAt(at) == '*') {
      at++;
      return Numbers.clampedInt(nextValue(), "* in a format");
    }
    int number = 0;
    while (at < format.length() && format.charAt(at) >= '0' && format.charAt(at) <= '9') {
      number = FormatSpec.digit(number, format.charAt(at++));
    }
    return number;
  }

  private Object nextValue() {
    List<Object> list = values instanceof Tuple tuple ? tuple.items() : List.of(values);
    if (used >= list.size()) {
      throw new JinjaException("not enough arguments for format string");
    }
    return list.get(used++);
  }

  private String convert(char type, Object value, String flags, int width, int precision) {
    boolean isText = type == 's' || type == 'r' || type == 'a';
    boolean isZeroPadded = flags.contains("0") && !flags.contains("-") && !isText;
    char align = flags.contains("-") ? '<' : isZeroPadded ? '=' : '>';
    char sign = flags.contains("+") ? '+' : flags.contains(" ") ? ' ' : '-';
    boolean isInteger = "diuxXoc".indexOf(type) >= 0;
    Object formatted =
        switch (type) {
          case 's' -> Text.str(budget, value);
          case 'r', 'a' -> Text.repr(budget, value);
          case 'c' -> value instanceof String ? value : Character.toString(codePoint(value));
          case 'd', 'i', 'u' -> truncated(value);
          case 'x', 'X', 'o' -> integer(value, type);
          case 'e', 'E', 'f', 'F', 'g', 'G' -> number(value);
          default -> throw new JinjaException("unsupported format character '" + type + "'");
        };
    FormatSpec spec =
        new FormatSpec(
            isZeroPadded ? "0" : " ",
            align,
            sign,
            flags.contains("#"),
            width,
            false,
            isInteger && !isText ? -1 : precision,
            isText || type == 'c' ? 's' : type);
    return spec.format(budget, formatted);
  }

  private static int codePoint(Object value) {
    int codePoint = Numbers.clampedInt(value, "characters");
    if (!Character.isValidCodePoint(codePoint)) {
      throw new JinjaException("a number to show as a character is not one");
    }
    return codePoint;
  }

  private static Object truncated(Object value) {
    if (value instanceof Double number && !Double.isNaN(number) && !Double.isInfinite(number)) {
      return Numbers.normalized(new BigDecimal(number).toBigInteger());
    }
    return integer(value, 'd');
  }

  private static Object integer(Object value, char type) {
    BigInteger integer = Numbers.integer(value);
    if (integer == null) {
      throw new JinjaException(
          "%" + type + " format: a number is required, not " + Types.name(value));
    }
    return Numbers.normalized(integer);
  }

  private static Object number(Object value) {
    if (!Types.isNumber(value)) {
      throw new JinjaException("must be real number, not " + Types.name(value));
    }
    return value;
  }
}
