package dev.gatun.model.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/** One schema for what has to satisfy two of them, where keywords can be joined one by one. */
final class SchemaMerge {

  private static final Set<String> LOWER_BOUNDS =
      Set.of("minimum", "exclusiveMinimum", "minLength", "minItems");
  private static final Set<String> UPPER_BOUNDS =
      Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems");

  private SchemaMerge() {}

  /**
   * Both schemas at once. Neither argument is changed.
   *
   * @throws GrammarException naming the keyword at {@code path} that cannot be joined
   */
  static ObjectNode merge(ObjectNode one, ObjectNode other, String path) {
    ObjectNode merged = one.deepCopy();
    refuseClosed(one, other, path);
    refuseClosed(other, one, path);
    for (var entry : other.properties()) {
      String keyword = entry.getKey();
      JsonNode present = merged.get(keyword);
      JsonNode added = entry.getValue();
      if (present == null || !SchemaKeywords.isAssertion(keyword)) {
        merged.set(keyword, added);
      } else if (!present.equals(added)) {
        merged.set(keyword, joined(keyword, present, added, path));
      }
    }
    return merged;
  }

  /** A schema that allows no other properties speaks of its own ones only. */
  private static void refuseClosed(ObjectNode closed, ObjectNode other, String path) {
    JsonNode additional = closed.get("additionalProperties");
    if (additional == null || additional.equals(other.get("additionalProperties"))) {
      return;
    }
    for (String name : other.path("properties").propertyStream().map(e -> e.getKey()).toList()) {
      if (!closed.path("properties").has(name)) {
        throw cannotJoin("additionalProperties", path);
      }
    }
  }

  private static JsonNode joined(String keyword, JsonNode one, JsonNode other, String path) {
    if (keyword.equals("properties") && one.isObject() && other.isObject()) {
      return properties((ObjectNode) one, (ObjectNode) other);
    }
    if (keyword.equals("required") && one.isArray() && other.isArray()) {
      ArrayNode all = ((ArrayNode) one).deepCopy();
      other.forEach(all::add);
      return all;
    }
    if (keyword.equals("type")) {
      return types(one, other, path);
    }
    if (LOWER_BOUNDS.contains(keyword) && one.isNumber() && other.isNumber()) {
      return one.decimalValue().compareTo(other.decimalValue()) >= 0 ? one : other;
    }
    if (UPPER_BOUNDS.contains(keyword) && one.isNumber() && other.isNumber()) {
      return one.decimalValue().compareTo(other.decimalValue()) <= 0 ? one : other;
    }
    throw cannotJoin(keyword, path);
  }

  private static ObjectNode properties(ObjectNode one, ObjectNode other) {
    ObjectNode all = one.deepCopy();
    for (var entry : other.properties()) {
      JsonNode present = all.get(entry.getKey());
      JsonNode added = entry.getValue();
      if (present == null) {
        all.set(entry.getKey(), added);
      } else if (!present.equals(added)) {
        ObjectNode both = JsonNodeFactory.instance.objectNode();
        both.putArray("allOf").add(present).add(added);
        all.set(entry.getKey(), both);
      }
    }
    return all;
  }

  private static ArrayNode types(JsonNode one, JsonNode other, String path) {
    ArrayNode common = JsonNodeFactory.instance.arrayNode();
    Set<String> first = SchemaKeywords.types(one, path);
    Set<String> second = SchemaKeywords.types(other, path);
    for (String type : first) {
      boolean isNarrower = type.equals("integer") && second.contains("number");
      if (second.contains(type) || isNarrower) {
        common.add(type);
      } else if (type.equals("number") && second.contains("integer")) {
        common.add("integer");
      }
    }
    if (common.isEmpty()) {
      throw new GrammarException(path + ": the types joined by allOf have none in common");
    }
    return common;
  }

  private static GrammarException cannotJoin(String keyword, String path) {
    return new GrammarException(
        path + ": '" + keyword + "' of schemas that apply together cannot be joined");
  }
}
