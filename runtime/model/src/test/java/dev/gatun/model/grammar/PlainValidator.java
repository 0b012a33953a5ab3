package dev.gatun.model.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.regex.Pattern;

/**
 * Judges documents by a JSON schema, written from the standard and sharing nothing with the
 * compiler. Knows the keywords that the tests use.
 */
final class PlainValidator {

  private final JsonNode root;

  PlainValidator(JsonNode root) {
    this.root = root;
  }

  boolean accepts(JsonNode document) {
    return accepts(root, document);
  }

  private boolean accepts(JsonNode schema, JsonNode value) {
    if (schema.isBoolean()) {
      return schema.booleanValue();
    }
    return acceptsAny(schema, value)
        && acceptsType(schema, value)
        && (!value.isObject() || acceptsObject(schema, value))
        && (!value.isArray() || acceptsArray(schema, value))
        && (!value.isTextual() || acceptsString(schema, value.textValue()))
        && (!value.isNumber() || acceptsNumber(schema, value.decimalValue()));
  }

  private boolean acceptsAny(JsonNode schema, JsonNode value) {
    if (schema.has("$ref")
        && !accepts(root.at(schema.path("$ref").textValue().substring(1)), value)) {
      return false;
    }
    for (JsonNode part : schema.path("allOf")) {
      if (!accepts(part, value)) {
        return false;
      }
    }
    for (String keyword : new String[] {"anyOf", "oneOf"}) {
      boolean isAny = !schema.has(keyword);
      for (JsonNode part : schema.path(keyword)) {
        isAny |= accepts(part, value);
      }
      if (!isAny) {
        return false;
      }
    }
    boolean isListed = !schema.has("enum");
    for (JsonNode listed : schema.path("enum")) {
      isListed |= listed.equals(value);
    }
    return isListed && (!schema.has("const") || schema.path("const").equals(value));
  }

  private static boolean acceptsType(JsonNode schema, JsonNode value) {
    JsonNode type = schema.path("type");
    if (type.isTextual()) {
      return isOfType(type.textValue(), value);
    }
    boolean isAny = type.isMissingNode();
    for (JsonNode name : type) {
      isAny |= isOfType(name.textValue(), value);
    }
    return isAny;
  }

  private static boolean isOfType(String type, JsonNode value) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "number" -> value.isNumber();
      case "integer" -> value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      default -> throw new AssertionError("type " + type);
    };
  }

  private boolean acceptsObject(JsonNode schema, JsonNode value) {
    for (JsonNode name : schema.path("required")) {
      if (!value.has(name.textValue())) {
        return false;
      }
    }
    for (var member : value.properties()) {
      JsonNode declared = schema.path("properties").path(member.getKey());
      JsonNode judge = declared.isMissingNode() ? schema.path("additionalProperties") : declared;
      if (!judge.isMissingNode() && !accepts(judge, member.getValue())) {
        return false;
      }
    }
    return true;
  }

  private boolean acceptsArray(JsonNode schema, JsonNode value) {
    int numPrefix = schema.path("prefixItems").size();
    for (int i = 0; i < value.size(); i++) {
      JsonNode judge = i < numPrefix ? schema.path("prefixItems").path(i) : schema.path("items");
      if (!judge.isMissingNode() && !accepts(judge, value.path(i))) {
        return false;
      }
    }
    return value.size() >= schema.path("minItems").asInt(0)
        && value.size() <= schema.path("maxItems").asInt(Integer.MAX_VALUE);
  }

  private static boolean acceptsString(JsonNode schema, String value) {
    int length = value.codePointCount(0, value.length());
    boolean hasPattern = schema.has("pattern");
    return length >= schema.path("minLength").asInt(0)
        && length <= schema.path("maxLength").asInt(Integer.MAX_VALUE)
        && (!hasPattern
            || Pattern.compile(schema.path("pattern").textValue()).matcher(value).find());
  }

  private static boolean acceptsNumber(JsonNode schema, BigDecimal value) {
    return (!schema.has("minimum") || value.compareTo(of(schema, "minimum")) >= 0)
        && (!schema.has("maximum") || value.compareTo(of(schema, "maximum")) <= 0)
        && (!schema.has("exclusiveMinimum") || value.compareTo(of(schema, "exclusiveMinimum")) > 0)
        && (!schema.has("exclusiveMaximum") || value.compareTo(of(schema, "exclusiveMaximum")) < 0);
  }

  private static BigDecimal of(JsonNode schema, String keyword) {
    return schema.path(keyword).decimalValue();
  }
}
