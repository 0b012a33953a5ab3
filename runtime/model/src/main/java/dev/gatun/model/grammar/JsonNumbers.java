package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.Expression.sequence;
import static dev.gatun.model.grammar.Expression.text;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Numbers between bounds, compared digit by digit. A null bound is absent; bounded numbers are
 * written without an exponent.
 */
final class JsonNumbers {

  private static final String FRACTION = "(\\.\\d+)?";
  private static final String ZERO_FRACTION = "(\\.0+)?";
  private static final String NONZERO_FRACTION = "\\.\\d*[1-9]\\d*";

  private JsonNumbers() {}

  /** A bound of a number; only whole ones can be compared digit by digit. */
  record Bound(BigInteger value, boolean isInclusive) {

    Bound negated() {
      return new Bound(value.negate(), isInclusive);
    }
  }

  /** Whole numbers from {@code min} to {@code max}, both inclusive; no option if there is none. */
  static Expression integers(@Nullable BigInteger min, @Nullable BigInteger max) {
    List<Expression> options = new ArrayList<>();
    if (max == null || max.signum() >= 0) {
      options.add(magnitudes(min == null ? BigInteger.ZERO : min.max(BigInteger.ZERO), max));
    }
    if (min == null || min.signum() < 0) {
      BigInteger least = max == null || max.signum() >= 0 ? BigInteger.ONE : max.negate();
      BigInteger most = min == null ? null : min.negate();
      options.add(sequence(text("-"), magnitudes(least, most)));
    }
    return Expression.anyOf(options);
  }

  /** Numbers with a fraction between the bounds. */
  static Expression numbers(@Nullable Bound min, @Nullable Bound max) {
    Bound zero = new Bound(BigInteger.ZERO, true);
    List<Expression> options = new ArrayList<>();
    if (max == null || max.value().signum() >= 0) {
      options.add(decimals(min == null || min.value().signum() < 0 ? zero : min, max));
    }
    if (min == null || min.value().signum() < 0) {
      Bound least = max == null || max.value().signum() > 0 ? zero : max.negated();
      options.add(sequence(text("-"), decimals(least, min == null ? null : min.negated())));
    }
    return Expression.anyOf(options);
  }

  /** Numbers from {@code min}, which is not negative, to {@code max}. */
  private static Expression decimals(Bound min, @Nullable Bound max) {
    List<Expression> options = new ArrayList<>();
    BigInteger low = min.value();
    boolean isBelow = max == null || low.compareTo(max.value()) < 0;
    if (isBelow) {
      String fraction = min.isInclusive() ? FRACTION : NONZERO_FRACTION;
      options.add(sequence(text(low.toString()), RegexParser.parse(fraction)));
      BigInteger last = max == null ? null : max.value().subtract(BigInteger.ONE);
      BigInteger first = low.add(BigInteger.ONE);
      if (last == null || first.compareTo(last) <= 0) {
        options.add(sequence(magnitudes(first, last), RegexParser.parse(FRACTION)));
      }
    }
    if (max != null
        && max.isInclusive()
        && (isBelow || (low.equals(max.value()) && min.isInclusive()))) {
      options.add(sequence(text(max.value().toString()), RegexParser.parse(ZERO_FRACTION)));
    }
    return Expression.anyOf(options);
  }

  /** Decimal numbers without sign from {@code min} to {@code max}, cut where the length changes. */
  private static Expression magnitudes(BigInteger min, @Nullable BigInteger max) {
    List<Expression> options = new ArrayList<>();
    String low = min.toString();
    if (max == null) {
      options.add(sameLength(low, "9".repeat(low.length())));
      options.add(RegexParser.parse("[1-9]\\d{" + low.length() + "}\\d*"));
      return Expression.anyOf(options);
    }
    String high = max.toString();
    if (min.compareTo(max) > 0) {
      return Expression.anyOf(options);
    }
    for (int length = low.length(); length <= high.length(); length++) {
      String from = length == low.length() ? low : "1" + "0".repeat(length - 1);
      String to = length == high.length() ? high : "9".repeat(length);
      options.add(sameLength(from, to));
    }
    return Expression.anyOf(options);
  }

  private static Expression sameLength(String low, String high) {
    int common = 0;
    while (common < low.length() && low.charAt(common) == high.charAt(common)) {
      common++;
    }
    if (common == low.length()) {
      return text(low);
    }
    List<Expression> options = new ArrayList<>();
    char first = low.charAt(common);
    char last = high.charAt(common);
    int numRest = low.length() - common - 1;
    // Where one digit differs from the bound, the digits after it are free.
    options.add(sequence(text(String.valueOf(first)), atLeast(low.substring(common + 1))));
    options.add(sequence(digit(first + 1, last - 1), digits(numRest)));
    options.add(sequence(text(String.valueOf(last)), atMost(high.substring(common + 1))));
    return sequence(text(low.substring(0, common)), Expression.anyOf(options));
  }

  /** As many digits as {@code bound} has, not below it. */
  private static Expression atLeast(String bound) {
    List<Expression> options = new ArrayList<>(List.of(text(bound)));
    for (int i = 0; i < bound.length(); i++) {
      Expression larger = digit(bound.charAt(i) + 1, '9');
      options.add(sequence(text(bound.substring(0, i)), larger, digits(bound.length() - i - 1)));
    }
    return Expression.anyOf(options);
  }

  private static Expression atMost(String bound) {
    List<Expression> options = new ArrayList<>(List.of(text(bound)));
    for (int i = 0; i < bound.length(); i++) {
      Expression smaller = digit('0', bound.charAt(i) - 1);
      options.add(sequence(text(bound.substring(0, i)), smaller, digits(bound.length() - i - 1)));
    }
    return Expression.anyOf(options);
  }

  /** A digit of a range; of an empty range none, so that what holds it accepts nothing. */
  private static Expression digit(int from, int to) {
    return new Expression.Characters(from <= to ? CodePoints.of(from, to) : CodePoints.of());
  }

  private static Expression digits(int count) {
    return new Expression.Repetition(new Expression.Characters(CodePoints.DIGITS), count, count);
  }
}
