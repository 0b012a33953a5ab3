package dev.gatun.server.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values that an option accepts.
 *
 * @param accepted completes "must be ..."
 * @param reader throws IllegalArgumentException on what is not accepted
 */
public record ValueType<T>(String accepted, Function<String, T> reader) {
  private static final Pattern SCALED = Pattern.compile("(-?\\d+(?:\\.\\d+)?)\\s*([A-Za-z]*)");

  /** Suffixes of counts as vLLM reads them: small letters are decimal, capitals binary. */
  private static final Map<String, Long> COUNT_UNITS =
      Map.of("", 1L, "k", 1_000L, "K", 1L << 10, "m", 1_000_000L, "M", 1L << 20);

  private static final Map<String, Long> BYTE_UNITS =
      Map.ofEntries(
          Map.entry("", 1L),
          Map.entry("b", 1L),
          Map.entry("k", 1_000L),
          Map.entry("kb", 1_000L),
          Map.entry("m", 1_000_000L),
          Map.entry("mb", 1_000_000L),
          Map.entry("g", 1_000_000_000L),
          Map.entry("gb", 1_000_000_000L),
          Map.entry("kib", 1L << 10),
          Map.entry("mib", 1L << 20),
          Map.entry("gib", 1L << 30),
          Map.entry("ki", 1L << 10),
          Map.entry("mi", 1L << 20),
          Map.entry("gi", 1L << 30));

  T read(String text) {
    return reader.apply(text);
  }

  static ValueType<String> text(String accepted) {
    return new ValueType<>(accepted, ValueType::notEmpty);
  }

  static ValueType<String> oneOf(String... words) {
    List<String> known = List.of(words);
    return new ValueType<>(
        "one of " + String.join(", ", known),
        text -> {
          require(known.contains(text));
          return text;
        });
  }

  static ValueType<Boolean> bool() {
    return new ValueType<>(
        "true or false",
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true", "1", "yes", "on" -> true;
              case "false", "0", "no", "off" -> false;
              default -> throw new IllegalArgumentException(text);
            });
  }

  /** A whole number; token counts may be written 1k (1000), 1K (1024) or 25.6k. */
  static ValueType<Integer> count(int least, int most) {
    String range = most == Integer.MAX_VALUE ? ">= " + least : "in [" + least + ", " + most + "]";
    return new ValueType<>(
        "a whole number " + range + " (1k = 1000, 1K = 1024)",
        text -> {
          long value = scaled(text, COUNT_UNITS, false);
          require(value >= least && value <= most);
          return (int) value;
        });
  }

  /** A count, or {@code auto}, read as -1. */
  static ValueType<Integer> countOrAuto(int least) {
    ValueType<Integer> count = count(least, Integer.MAX_VALUE);
    return new ValueType<>(
        count.accepted() + ", or auto",
        text -> text.equals("auto") || text.equals("-1") ? Integer.valueOf(-1) : count.read(text));
  }

  static ValueType<Long> bytes() {
    return new ValueType<>(
        "a size such as 512MiB, 4GiB or a number of bytes",
        text -> {
          long value = scaled(text, BYTE_UNITS, true);
          require(value >= 1);
          return value;
        });
  }

  static ValueType<Long> number() {
    return new ValueType<>("a whole number", Long::parseLong);
  }

  static ValueType<Double> fraction() {
    return new ValueType<>(
        "a share in (0, 1]",
        text -> {
          double value = Double.parseDouble(text);
          require(value > 0 && value <= 1);
          return value;
        });
  }

  static ValueType<Double> seconds() {
    return new ValueType<>(
        "seconds >= 0",
        text -> {
          double value = Double.parseDouble(text);
          require(value >= 0 && value <= 1e6);
          return value;
        });
  }

  /** GiB as a number, read as bytes, or {@code auto}, read as -1. */
  static ValueType<Long> gibibytesOrAuto() {
    return new ValueType<>(
        "a number of GiB in [0, 65536], or auto",
        text -> {
          if (text.equals("auto")) {
            return -1L;
          }
          double value = Double.parseDouble(text);
          require(value >= 0 && value <= 65_536);
          return (long) (value * (1L << 30));
        });
  }

  static ValueType<List<String>> names() {
    return new ValueType<>(
        "one or more names separated by commas or spaces",
        text -> {
          List<String> names =
              Arrays.stream(text.split("[,\\s]+")).filter(s -> !s.isEmpty()).toList();
          require(!names.isEmpty());
          return names;
        });
  }

  private static String notEmpty(String text) {
    require(!text.isEmpty());
    return text;
  }

  private static long scaled(String text, Map<String, Long> units, boolean ignoreCase) {
    Matcher matcher = SCALED.matcher(text);
    require(matcher.matches());
    String unit = ignoreCase ? matcher.group(2).toLowerCase(Locale.ROOT) : matcher.group(2);
    Long factor = units.get(unit);
    if (factor == null) {
      throw new IllegalArgumentException("unknown unit");
    }
    double value = Double.parseDouble(matcher.group(1)) * factor;
    require(value == Math.rint(value) && Math.abs(value) < 1e18);
    return (long) value;
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new IllegalArgumentException("not accepted");
    }
  }
}
