package dev.gatun.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Python's integers and floats on top of Long, BigInteger and Double. */
final class Numbers {

  private static final BigInteger MIN_LONG = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);

  private Numbers() {}

  /** Long where it fits, otherwise BigInteger; bounded in size. */
  static Object normalized(BigInteger value) {
    if (value.compareTo(MIN_LONG) >= 0 && value.compareTo(MAX_LONG) <= 0) {
      return value.longValue();
    }
    if (value.bitLength() > Budget.MAX_INTEGER_BITS) {
      throw new JinjaException("an integer of more than " + Budget.MAX_INTEGER_BITS + " bits");
    }
    return value;
  }

  /** The value of an integer or bool, null for anything else. */
  static @Nullable BigInteger integer(Object value) {
    return switch (value) {
      case Long number -> BigInteger.valueOf(number);
      case BigInteger number -> number;
      case Boolean bool -> bool ? BigInteger.ONE : BigInteger.ZERO;
      default -> null;
    };
  }

  /** The value of an integer or bool as a long; BigIntegers become the nearest long. */
  static long clampedLong(Object value, String what) {
    return switch (value) {
      case Long number -> number;
      case Boolean bool -> bool ? 1 : 0;
      case BigInteger number -> number.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
      case Undefined undefined -> throw undefined.failure();
      default ->
          throw new JinjaException(what + " must be integers, not '" + Types.name(value) + "'");
    };
  }

  /** As {@link #clampedLong}, to the range of int. */
  static int clampedInt(Object value, String what) {
    return Math.clamp(clampedLong(value, what), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  /** The value of any number as a double. */
  static double toDouble(Object number) {
    return switch (number) {
      case Double value -> value;
      case Long value -> value;
      case Boolean bool -> bool ? 1 : 0;
      case BigInteger value -> {
        if (Double.isInfinite(value.doubleValue())) {
          throw new JinjaException("int too large to convert to float");
        }
        yield value.doubleValue();
      }
      default -> throw new IllegalStateException("not a number: " + number);
    };
  }

  /** Compares two numbers exactly; at least one NaN gives null. */
  static @Nullable Integer compare(Object left, Object right) {
    if (left instanceof Long a && right instanceof Long b) {
      return Long.compare(a, b);
    }
    BigInteger a = integer(left);
    BigInteger b = integer(right);
    if (a != null && b != null) {
      return a.compareTo(b);
    }
    double x = a != null ? 0 : toDouble(left);
    double y = b != null ? 0 : toDouble(right);
    if (Double.isNaN(x) || Double.isNaN(y)) {
      return null;
    }
    if (Double.isInfinite(x) || Double.isInfinite(y)) {
      return Double.compare(x, y);
    }
    BigDecimal exactLeft = a != null ? new BigDecimal(a) : new BigDecimal(x);
    return exactLeft.compareTo(b != null ? new BigDecimal(b) : new BigDecimal(y));
  }

  /** repr(float): the shortest digits that read back as the same number. */
  static String repr(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    // Double.toString gives the shortest digits; only Python's choice of notation is different.
    // It always gives two, though: of 4.9E-324, one is enough.
    BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    BigDecimal oneDigit = shortest.round(new MathContext(1));
    if (shortest.precision() == 2 && oneDigit.doubleValue() == value) {
      shortest = oneDigit;
    }
    String digits = shortest.unscaledValue().abs().toString();
    int exponent = digits.length() - shortest.scale() - 1;
    String sign = value < 0 ? "-" : "";
    if (exponent < -4 || exponent >= 16) {
      String mantissa =
          digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
      String power = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : "" + Math.abs(exponent);
      return sign + mantissa + "e" + (exponent < 0 ? "-" : "+") + power;
    }
    String plain = shortest.abs().toPlainString();
    return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
  }

  /** float(text) by Python's grammar, null if it is not a number. */
  static @Nullable Double parseDouble(String text) {
    String trimmed = Strings.strip(text);
    String plain = trimmed.replace("_", "");
    if (trimmed.matches("[+-]?(\\d+(_\\d+)*\\.?(\\d+(_\\d+)*)?|\\.\\d+(_\\d+)*)([eE][+-]?\\d+)?")) {
      return Double.valueOf(plain);
    }
    return switch (plain.toLowerCase(Locale.ROOT)) {
      case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      case "nan", "+nan", "-nan" -> Double.NaN;
      default -> null;
    };
  }

  /** int(text, base) by Python's grammar, null if it is not one. */
  static @Nullable Object parseInteger(String text, int base) {
    String trimmed = Strings.strip(text);
    boolean isNegative = trimmed.startsWith("-");
    String digits = isNegative || trimmed.startsWith("+") ? trimmed.substring(1) : trimmed;
    String prefix = digits.length() > 2 ? digits.substring(0, 2).toLowerCase(Locale.ROOT) : "";
    int prefixBase =
        switch (prefix) {
          case "0x" -> 16;
          case "0o" -> 8;
          case "0b" -> 2;
          default -> 0;
        };
    int radix = base == 0 ? Math.max(prefixBase, prefixBase == 0 ? 10 : 0) : base;
    if (prefixBase != 0 && prefixBase == radix) {
      digits = digits.substring(2);
    }
    if (digits.length() > Budget.MAX_INTEGER_BITS / 4 || !isDigits(digits, radix)) {
      return null;
    }
    BigInteger value = new BigInteger(digits.replace("_", ""), radix);
    return normalized(isNegative ? value.negate() : value);
  }

  private static boolean isDigits(String digits, int radix) {
    if (digits.isEmpty() || digits.startsWith("_") || digits.endsWith("_")) {
      return false;
    }
    if (radix < 2 || radix > 36 || digits.contains("__")) {
      return false;
    }
    return digits.chars().allMatch(c -> c == '_' || Character.digit(c, radix) >= 0);
  }
}
