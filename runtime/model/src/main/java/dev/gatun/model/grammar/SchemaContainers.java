package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.Expression.UNBOUNDED;
import static dev.gatun.model.grammar.Expression.optional;
import static dev.gatun.model.grammar.Expression.sequence;
import static dev.gatun.model.grammar.Expression.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Objects and arrays of a schema. */
final class SchemaContainers {

  private final SchemaCompiler compiler;
  private final JsonRules json;

  SchemaContainers(SchemaCompiler compiler, JsonRules json) {
    this.compiler = compiler;
    this.json = json;
  }

  Expression object(ObjectNode schema, String path) {
    JsonNode properties = schema.path("properties");
    if (!properties.isMissingNode() && !properties.isObject()) {
      throw new GrammarException(path + "/properties: expected an object");
    }
    Set<String> missing = required(schema, path);
    List<Expression.Member> members = new ArrayList<>();
    for (var property : properties.properties()) {
      String name = property.getKey();
      JsonNode value = property.getValue();
      boolean isRequired = missing.remove(name);
      if (value.isBoolean() && !value.booleanValue() && !isRequired) {
        continue;
      }
      members.add(member(name, value, isRequired, path + "/properties/" + name));
    }
    JsonNode additional = schema.path("additionalProperties");
    boolean isOpen =
        additional.isMissingNode()
            ? properties.isEmpty()
            : additional.isObject() || additional.booleanValue();
    JsonNode other = additional.isObject() ? additional : schema.booleanNode(true);
    for (String name : missing) {
      if (!additional.isMissingNode() && !isOpen) {
        throw new GrammarException(
            path + "/required: '" + name + "' is no property, and there are no others");
      }
      members.add(member(name, other, true, path + "/additionalProperties"));
    }
    if (isOpen) {
      Set<String> declared = new LinkedHashSet<>(missing);
      properties.fieldNames().forEachRemaining(declared::add);
      Expression key = declared.isEmpty() ? json.string() : JsonStrings.keyOtherThan(declared);
      Expression value = compiler.value(other, path + "/additionalProperties");
      members.add(json.anyNumberOf(json.member(key, value)));
    }
    return json.objectOf(members);
  }

  private Expression.Member member(String name, JsonNode schema, boolean isRequired, String path) {
    Expression value = compiler.value(schema, path);
    return new Expression.Member(json.member(text(JsonStrings.quoted(name)), value), isRequired);
  }

  private static Set<String> required(ObjectNode schema, String path) {
    JsonNode required = schema.path("required");
    if (!required.isMissingNode() && !required.isArray()) {
      throw new GrammarException(path + "/required: expected a list of names");
    }
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode name : required) {
      if (!name.isTextual()) {
        throw new GrammarException(path + "/required: " + name + " is no name");
      }
      names.add(name.textValue());
    }
    return names;
  }

  Expression array(ObjectNode schema, String path) {
    int min = SchemaLeaves.count(schema, "minItems", 0, path);
    int max = SchemaLeaves.count(schema, "maxItems", UNBOUNDED, path);
    JsonNode prefix = schema.path("prefixItems");
    JsonNode items = schema.path("items");
    if (items.isArray() || (!prefix.isMissingNode() && !prefix.isArray())) {
      throw new GrammarException(path + ": 'items' is one schema, 'prefixItems' a list of them");
    }
    int numPrefix = max == UNBOUNDED ? prefix.size() : Math.min(prefix.size(), max);
    GrammarException.checkLimit("prefixItems", numPrefix, GrammarLimits.MAX_NESTING);
    boolean isClosed =
        (items.isBoolean() && !items.booleanValue()) || (max != UNBOUNDED && max <= numPrefix);
    if ((max != UNBOUNDED && max < min) || (isClosed && min > numPrefix)) {
      throw new GrammarException(path + ": no array can have minItems " + min + " items");
    }
    Expression tail = isClosed ? Expression.EMPTY : rest(items, min, max, numPrefix, path);
    for (int i = numPrefix - 1; i >= 0; i--) {
      Expression item = compiler.value(prefix.path(i), path + "/prefixItems/" + i);
      Expression fromHere = sequence(i == 0 ? Expression.EMPTY : json.comma(), item, tail);
      tail = i < min ? fromHere : optional(fromHere);
    }
    return json.arrayOf(tail);
  }

  /** The items after the first {@code numPrefix}, with their commas. */
  private Expression rest(JsonNode items, int min, int max, int numPrefix, String path) {
    Expression item = items.isMissingNode() ? json.value() : compiler.value(items, path + "/items");
    Expression another = sequence(json.comma(), item);
    int numBefore = Math.max(numPrefix, 1);
    int least = Math.max(0, min - numBefore);
    int most = max == UNBOUNDED ? UNBOUNDED : max - numBefore;
    Expression others = new Expression.Repetition(another, least, most);
    if (numPrefix > 0) {
      return others;
    }
    Expression all = sequence(item, others);
    return min == 0 ? optional(all) : all;
  }
}
