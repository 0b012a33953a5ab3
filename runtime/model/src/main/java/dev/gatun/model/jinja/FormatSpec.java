package dev.gatun.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * A format specification, {@code [[fill]align][sign][#][0][width][,][.precision][type]}: the part
 * that {@code %} and str.format share. Not supported: {@code _} as separator and {@code n}.
 *
 * @param align one of {@code <>^=}, 0 when not given
 * @param sign one of {@code +-} and blank
 * @param precision -1 when not given
 * @param type 0 when not given
 */
record FormatSpec(
    String fill,
    char align,
    char sign,
    boolean isAlternate,
    int width,
    boolean isGrouped,
    int precision,
    char type) {

  static FormatSpec parse(String spec) {
    int[] chars = spec.codePoints().toArray();
    int i = 0;
    String fill = " ";
    char align = 0;
    if (chars.length > 1 && isAlign(chars[1])) {
      fill = Character.toString(chars[0]);
      align = (char) chars[1];
      i = 2;
    } else if (chars.length > 0 && isAlign(chars[0])) {
      align = (char) chars[0];
      i = 1;
    }
    char sign = '-';
    if (i < chars.length && "+- ".indexOf(chars[i]) >= 0) {
      sign = (char) chars[i++];
    }
    boolean isAlternate = i < chars.length && chars[i] == '#';
    i += isAlternate ? 1 : 0;
    if (i < chars.length && chars[i] == '0' && align == 0) {
      fill = "0";
      align = '=';
    }
    int width = 0;
    while (i < chars.length && chars[i] >= '0' && chars[i] <= '9') {
      width = digit(width, chars[i++]);
    }
    boolean isGrouped = i < chars.length && chars[i] == ',';
    i += isGrouped ? 1 : 0;
    int precision = -1;
    if (i < chars.length && chars[i] == '.') {
      i++;
      precision = 0;
      while (i < chars.length && chars[i] >= '0' && chars[i] <= '9') {
        precision = digit(precision, chars[i++]);
      }
    }
    char type = i < chars.length ? (char) chars[i++] : 0;
    if (i < chars.length) {
      throw new JinjaException("Invalid format specifier '" + spec + "'");
    }
    return new FormatSpec(fill, align, sign, isAlternate, width, isGrouped, precision, type);
  }

  static int digit(int number, int c) {
    int next = number * 10 + (c - '0');
    if (next > Budget.MAX_TEXT) {
      throw new JinjaException("a format wider than " + Budget.MAX_TEXT + " characters");
    }
    return next;
  }

  private static boolean isAlign(int c) {
    return c == '<' || c == '>' || c == '^' || c == '=';
  }

  String format(Budget budget, Object value) {
    boolean isFloat = type != 0 && "eEfFgG%".indexOf(type) >= 0;
    BigInteger integer = value instanceof Boolean && type == 0 ? null : Numbers.integer(value);
    if (integer != null && !isFloat) {
      return padNumber(budget, integer.signum() < 0, integerDigits(integer.abs()));
    }
    if (integer != null || value instanceof Double) {
      double number = Numbers.toDouble(value);
      boolean isNegative = number < 0 || (number == 0 && 1 / number < 0);
      return padNumber(budget, isNegative, floatDigits(Math.abs(number)));
    }
    if (type != 0 && type != 's') {
      throw new JinjaException(
          "Unknown format code '" + type + "' for object of type '" + Types.name(value) + "'");
    }
    String text = Text.str(budget, value);
    if (precision >= 0 && Strings.length(text) > precision) {
      text = text.substring(0, text.offsetByCodePoints(0, precision));
    }
    return pad(budget, "", text, align == 0 ? '<' : align);
  }

  private String integerDigits(BigInteger value) {
    return switch (type) {
      case 0, 'd', 'i', 'u' -> grouped(value.toString());
      case 'x' -> (isAlternate ? "0x" : "") + value.toString(16);
      case 'X' -> (isAlternate ? "0X" : "") + value.toString(16).toUpperCase(Locale.ROOT);
      case 'o' -> (isAlternate ? "0o" : "") + value.toString(8);
      case 'b' -> (isAlternate ? "0b" : "") + value.toString(2);
      case 'c' -> Character.toString(value.intValue());
      default ->
          throw new JinjaException("Unknown format code '" + type + "' for object of type 'int'");
    };
  }

  private String floatDigits(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Numbers.repr(value);
    }
    return switch (type) {
      case 0 -> precision < 0 ? grouped(Numbers.repr(value)) : general(value, precision, true);
      case 'f', 'F' -> grouped(fixed(value, precision < 0 ? 6 : precision));
      case '%' -> grouped(fixed(value * 100, precision < 0 ? 6 : precision)) + "%";
      case 'e' -> scientific(value, precision < 0 ? 6 : precision);
      case 'E' -> scientific(value, precision < 0 ? 6 : precision).toUpperCase(Locale.ROOT);
      case 'g' -> general(value, precision < 0 ? 6 : precision, false);
      case 'G' -> general(value, precision < 0 ? 6 : precision, false).toUpperCase(Locale.ROOT);
      default ->
          throw new JinjaException("Unknown format code '" + type + "' for object of type 'float'");
    };
  }

  private static String fixed(double value, int digits) {
    return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String scientific(double value, int digits) {
    if (value == 0) {
      return (digits == 0 ? "0" : "0." + "0".repeat(digits)) + "e+00";
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    String mantissa =
        rounded.movePointLeft(exponent).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    String power = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : "" + Math.abs(exponent);
    return mantissa + "e" + (exponent < 0 ? "-" : "+") + power;
  }

  /** The shorter of fixed and scientific notation, without zeros at its end. */
  private String general(double value, int digits, boolean keepsPoint) {
    int significant = Math.max(1, digits);
    String scientific = scientific(value, significant - 1);
    int at = scientific.indexOf('e');
    int exponent = Integer.parseInt(scientific.substring(at + 1));
    if (exponent >= -4 && exponent < significant - (keepsPoint ? 1 : 0)) {
      String fixed = withoutEndZeros(fixed(value, significant - 1 - exponent));
      return grouped(keepsPoint && fixed.indexOf('.') < 0 ? fixed + ".0" : fixed);
    }
    return withoutEndZeros(scientific.substring(0, at)) + scientific.substring(at);
  }

  private static String withoutEndZeros(String number) {
    return number.indexOf('.') < 0 ? number : number.replaceAll("\\.?0+$", "");
  }

  private String grouped(String number) {
    if (!isGrouped) {
      return number;
    }
    int point = number.indexOf('.') < 0 ? number.length() : number.indexOf('.');
    StringBuilder grouped = new StringBuilder(number);
    for (int i = point - 3; i > 0; i -= 3) {
      grouped.insert(i, ',');
    }
    return grouped.toString();
  }

  private String padNumber(Budget budget, boolean isNegative, String digits) {
    String prefix = isNegative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    return pad(budget, prefix, digits, align == 0 ? '>' : align);
  }

  private String pad(Budget budget, String prefix, String text, char alignment) {
    int missing = width - Strings.length(prefix) - Strings.length(text);
    if (missing <= 0) {
      return prefix + text;
    }
    TextBuilder padded = new TextBuilder(budget);
    switch (alignment) {
      case '<' -> padded.append(prefix).append(text).repeat(fill, missing);
      case '^' ->
          padded
              .repeat(fill, missing / 2)
              .append(prefix)
              .append(text)
              .repeat(fill, missing - missing / 2);
      case '=' -> padded.append(prefix).repeat(fill, missing).append(text);
      default -> padded.repeat(fill, missing).append(prefix).append(text);
    }
    return padded.toString();
  }
}
