package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.Expression.UNBOUNDED;
import static dev.gatun.model.grammar.Expression.sequence;
import static dev.gatun.model.grammar.Expression.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Strings, numbers and literal values of a schema. */
final class SchemaLeaves {

  /** Digits of a bound; a bound of ten to the millionth must not be written out. */
  private static final int MAX_BOUND_DIGITS = 40;

  private SchemaLeaves() {}

  /** The values of {@code enum} or {@code const}, of the right type if one is given. */
  static Expression literals(ObjectNode schema, String path) {
    if (SchemaKeywords.hasOtherThan(schema, Set.of("enum", "const", "type"))) {
      throw new GrammarException(path + ": 'enum' and 'const' beside other assertions");
    }
    JsonNode values = schema.path("enum");
    if (schema.has("enum") && !values.isArray()) {
      throw new GrammarException(path + "/enum: expected a list of values");
    }
    GrammarException.checkLimit("values of enum", values.size(), GrammarLimits.MAX_CHOICES);
    Set<String> texts = new LinkedHashSet<>();
    JsonNode constant = schema.get("const");
    for (JsonNode value : constant == null ? values : List.of(constant)) {
      boolean isListed = constant == null || !schema.has("enum") || contains(values, value);
      if (isListed && isOfType(value, schema, path)) {
        texts.add(value.toString());
      }
    }
    if (texts.isEmpty()) {
      throw new GrammarException(path + ": no value is left of 'enum' and 'const'");
    }
    return Expression.textsOf(List.copyOf(texts));
  }

  private static boolean contains(JsonNode values, JsonNode value) {
    for (JsonNode candidate : values) {
      if (candidate.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfType(JsonNode value, ObjectNode schema, String path) {
    if (!schema.has("type")) {
      return true;
    }
    Set<String> types = SchemaKeywords.typesOf(schema, path);
    return switch (value.getNodeType()) {
      case OBJECT, POJO -> types.contains("object");
      case ARRAY -> types.contains("array");
      case STRING, BINARY -> types.contains("string");
      case BOOLEAN -> types.contains("boolean");
      case NULL, MISSING -> types.contains("null");
      case NUMBER ->
          types.contains("number")
              || (types.contains("integer")
                  && value.decimalValue().stripTrailingZeros().scale() <= 0);
    };
  }

  static Expression string(ObjectNode schema, String path, JsonRules json) {
    int min = count(schema, "minLength", 0, path);
    int max = count(schema, "maxLength", UNBOUNDED, path);
    boolean isCounted = min > 0 || max != UNBOUNDED;
    String pattern = schema.path("pattern").textValue();
    Optional<String> format =
        Optional.ofNullable(schema.path("format").textValue()).flatMap(StringFormats::pattern);
    if ((isCounted ? 1 : 0) + (pattern != null ? 1 : 0) + (format.isPresent() ? 1 : 0) > 1) {
      throw new GrammarException(
          path + ": only one of length, 'pattern' and 'format' is supported for a string");
    }
    if (pattern != null) {
      return JsonStrings.matching(pattern(pattern, path));
    }
    if (format.isPresent()) {
      return JsonStrings.matching(RegexParser.parse(format.get()));
    }
    if (!isCounted) {
      return json.string();
    }
    if (max != UNBOUNDED && max < min) {
      throw new GrammarException(path + ": maxLength " + max + " is below minLength " + min);
    }
    Expression characters = new Expression.Repetition(JsonStrings.COUNTED_CHARACTER, min, max);
    return sequence(text("\""), characters, text("\""));
  }

  private static Expression pattern(String pattern, String path) {
    try {
      return RegexParser.parseSearch(pattern);
    } catch (GrammarException e) {
      throw new GrammarException(path + "/pattern: " + e.getMessage());
    }
  }

  static Expression integer(ObjectNode schema, String path, JsonRules json) {
    BigInteger min = null;
    BigInteger max = null;
    for (String keyword : List.of("minimum", "exclusiveMinimum")) {
      BigDecimal bound = bound(schema, keyword, path);
      if (bound != null) {
        BigInteger least = bound.setScale(0, RoundingMode.CEILING).toBigInteger();
        boolean isNext = keyword.startsWith("ex") && isWhole(bound);
        least = isNext ? least.add(BigInteger.ONE) : least;
        min = min == null ? least : min.max(least);
      }
    }
    for (String keyword : List.of("maximum", "exclusiveMaximum")) {
      BigDecimal bound = bound(schema, keyword, path);
      if (bound != null) {
        BigInteger most = bound.setScale(0, RoundingMode.FLOOR).toBigInteger();
        boolean isPrevious = keyword.startsWith("ex") && isWhole(bound);
        most = isPrevious ? most.subtract(BigInteger.ONE) : most;
        max = max == null ? most : max.min(most);
      }
    }
    if (min == null && max == null) {
      return json.integer();
    }
    if (min != null && max != null && min.compareTo(max) > 0) {
      throw new GrammarException(path + ": no integer from " + min + " to " + max);
    }
    return JsonNumbers.integers(min, max);
  }

  static Expression number(ObjectNode schema, String path, JsonRules json) {
    JsonNumbers.Bound min =
        tighter(
            wholeBound(schema, "minimum", path), wholeBound(schema, "exclusiveMinimum", path), 1);
    JsonNumbers.Bound max =
        tighter(
            wholeBound(schema, "maximum", path), wholeBound(schema, "exclusiveMaximum", path), -1);
    if (min == null && max == null) {
      return json.number();
    }
    if (min != null && max != null) {
      int order = min.value().compareTo(max.value());
      if (order > 0 || (order == 0 && !(min.isInclusive() && max.isInclusive()))) {
        throw new GrammarException(path + ": no number lies between the bounds");
      }
    }
    return JsonNumbers.numbers(min, max);
  }

  private static JsonNumbers.@Nullable Bound tighter(
      JsonNumbers.@Nullable Bound inclusive, JsonNumbers.@Nullable Bound exclusive, int sign) {
    if (inclusive == null || exclusive == null) {
      return inclusive == null ? exclusive : inclusive;
    }
    return sign * exclusive.value().compareTo(inclusive.value()) >= 0 ? exclusive : inclusive;
  }

  private static JsonNumbers.@Nullable Bound wholeBound(
      ObjectNode schema, String keyword, String path) {
    BigDecimal bound = bound(schema, keyword, path);
    if (bound == null) {
      return null;
    }
    if (!isWhole(bound)) {
      throw new GrammarException(
          path + "/" + keyword + ": " + bound + " has a fraction, which is not supported");
    }
    return new JsonNumbers.Bound(bound.toBigInteger(), !keyword.startsWith("ex"));
  }

  private static @Nullable BigDecimal bound(ObjectNode schema, String keyword, String path) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      throw new GrammarException(path + "/" + keyword + ": expected a number, not " + value);
    }
    BigDecimal bound = value.decimalValue().stripTrailingZeros();
    int numDigits = Math.max(bound.precision(), bound.precision() - bound.scale());
    GrammarException.checkLimit("digits of " + keyword, numDigits, MAX_BOUND_DIGITS);
    GrammarException.checkLimit("digits of " + keyword, bound.scale(), MAX_BOUND_DIGITS);
    return bound;
  }

  private static boolean isWhole(BigDecimal value) {
    return value.signum() == 0 || value.scale() <= 0;
  }

  /** A count that must not be negative, {@code absent} when the keyword is not there. */
  static int count(ObjectNode schema, String keyword, int absent, String path) {
    JsonNode value = schema.get(keyword);
    if (value == null) {
      return absent;
    }
    if (!value.isNumber() || value.decimalValue().signum() < 0 || !isWholeCount(value)) {
      throw new GrammarException(path + "/" + keyword + ": expected a count, not " + value);
    }
    long count = value.decimalValue().min(BigDecimal.valueOf(Integer.MAX_VALUE)).longValue();
    GrammarException.checkLimit(path + "/" + keyword, count, GrammarLimits.MAX_REPETITION);
    return (int) count;
  }

  private static boolean isWholeCount(JsonNode value) {
    return isWhole(value.decimalValue().stripTrailingZeros());
  }
}
