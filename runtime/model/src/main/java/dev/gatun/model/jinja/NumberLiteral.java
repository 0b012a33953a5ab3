package dev.gatun.model.jinja;

import java.math.BigInteger;

/** Number literals as Python writes them: underscores between digits, 0x, 0o, 0b, exponents. */
final class NumberLiteral {

  private NumberLiteral() {}

  /** Position after the number that starts at {@code from} with a digit. */
  static int end(String source, int from) {
    int radix = radix(source, from);
    if (radix != 10) {
      int end = digits(source, from + 2, radix);
      return end > from + 2 ? end : from + 1;
    }
    int end = digits(source, from, 10);
    int fraction = fraction(source, from, end);
    return Math.max(fraction, exponent(source, fraction));
  }

  static boolean isFloat(String source, int from, int end) {
    return radix(source, from) == 10 && end > digits(source, from, 10);
  }

  /** An integer literal's value, Long or BigInteger. */
  static Object integer(String text, int line) {
    int radix = radix(text, 0);
    String digits = radix == 10 ? text : text.substring(2);
    boolean hasUselessZero = radix == 10 && digits.startsWith("0") && !digits.matches("0+");
    if (hasUselessZero || digits.length() > Budget.MAX_INTEGER_BITS / 4) {
      throw JinjaException.at(line, "not a number: " + text);
    }
    return Numbers.normalized(new BigInteger(digits, radix));
  }

  private static int radix(String source, int from) {
    if (source.charAt(from) != '0' || from + 1 >= source.length()) {
      return 10;
    }
    return switch (source.charAt(from + 1)) {
      case 'x', 'X' -> 16;
      case 'o', 'O' -> 8;
      case 'b', 'B' -> 2;
      default -> 10;
    };
  }

  private static int digits(String source, int from, int radix) {
    int i = from;
    while (i < source.length()) {
      char c = source.charAt(i);
      boolean isSeparator =
          c == '_' && i + 1 < source.length() && isDigit(source.charAt(i + 1), radix);
      if (!isSeparator && !isDigit(c, radix)) {
        break;
      }
      i++;
    }
    return i;
  }

  private static int fraction(String source, int from, int end) {
    boolean isAttribute = from > 0 && source.charAt(from - 1) == '.'; // a.0.1 has no floats
    if (isAttribute || end >= source.length() || source.charAt(end) != '.') {
      return end;
    }
    int after = digits(source, end + 1, 10);
    return after > end + 1 && source.charAt(end + 1) != '_' ? after : end;
  }

  private static int exponent(String source, int end) {
    if (end >= source.length() || (source.charAt(end) != 'e' && source.charAt(end) != 'E')) {
      return end;
    }
    int digits = end + 1;
    if (digits < source.length()
        && (source.charAt(digits) == '+' || source.charAt(digits) == '-')) {
      digits++;
    }
    int after = digits(source, digits, 10);
    return after > digits && source.charAt(digits) != '_' ? after : end;
  }

  private static boolean isDigit(char c, int radix) {
    return c < 128 && Character.digit(c, radix) >= 0;
  }
}
