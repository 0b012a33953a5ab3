package dev.gatun.model.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which keywords of JSON Schema 2020-12 are enforced, and which are refused by name. */
final class SchemaKeywords {

  /** The keywords that speak of one type; a schema without a type is taken to mean these. */
  private static final Map<String, Set<String>> OF_TYPE =
      Map.of(
          "object", Set.of("properties", "required", "additionalProperties"),
          "array", Set.of("items", "prefixItems", "minItems", "maxItems"),
          "string", Set.of("minLength", "maxLength", "pattern", "format"),
          "number", Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"));

  private static final Set<String> GENERAL =
      Set.of("type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref");

  /** Refused, unless they have the value beside them, which means nothing. */
  private static final Map<String, String> UNSUPPORTED =
      Map.ofEntries(
          Map.entry("not", ""),
          Map.entry("if", ""),
          Map.entry("dependentSchemas", "{}"),
          Map.entry("dependentRequired", "{}"),
          Map.entry("dependencies", "{}"),
          Map.entry("patternProperties", "{}"),
          Map.entry("propertyNames", "true"),
          Map.entry("minProperties", "0"),
          Map.entry("maxProperties", ""),
          Map.entry("contains", ""),
          Map.entry("uniqueItems", "false"),
          Map.entry("multipleOf", ""),
          Map.entry("unevaluatedItems", "true"),
          Map.entry("unevaluatedProperties", "true"),
          Map.entry("additionalItems", "true"),
          Map.entry("$dynamicRef", ""),
          Map.entry("$recursiveRef", ""));

  private static final List<String> TYPES =
      List.of("object", "array", "string", "number", "integer", "boolean", "null");

  private SchemaKeywords() {}

  static boolean isAssertion(String keyword) {
    return GENERAL.contains(keyword)
        || UNSUPPORTED.containsKey(keyword)
        || OF_TYPE.values().stream().anyMatch(keywords -> keywords.contains(keyword));
  }

  /** Whether {@code schema} asserts anything with other keywords than {@code except}. */
  static boolean hasOtherThan(ObjectNode schema, Set<String> except) {
    return schema
        .propertyStream()
        .anyMatch(e -> isAssertion(e.getKey()) && !except.contains(e.getKey()));
  }

  static void refuseUnsupported(ObjectNode schema, String path) {
    for (var entry : schema.properties()) {
      String harmless = UNSUPPORTED.get(entry.getKey());
      if (harmless != null && !entry.getValue().toString().equals(harmless)) {
        throw new GrammarException(path + ": keyword '" + entry.getKey() + "' is not supported");
      }
    }
  }

  /** The types that {@code schema} names; without any, those that its keywords speak of. */
  static Set<String> typesOf(ObjectNode schema, String path) {
    JsonNode type = schema.get("type");
    if (type != null) {
      return types(type, path);
    }
    Set<String> types = new LinkedHashSet<>();
    for (String candidate : TYPES) {
      Set<String> keywords = OF_TYPE.getOrDefault(candidate, Set.of());
      if (schema.propertyStream().anyMatch(e -> keywords.contains(e.getKey()))) {
        types.add(candidate);
      }
    }
    return types;
  }

  /** The value of {@code type}: a name or a list of names. */
  static Set<String> types(JsonNode value, String path) {
    Set<String> types = new LinkedHashSet<>();
    for (JsonNode name : value.isArray() ? value : List.of(value)) {
      if (!name.isTextual() || !TYPES.contains(name.textValue())) {
        throw new GrammarException(path + "/type: " + name + " is not one of " + TYPES);
      }
      types.add(name.textValue());
    }
    if (types.isEmpty()) {
      throw new GrammarException(path + "/type: the list is empty");
    }
    return types;
  }
}
