package dev.gatun.model.grammar;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * JSON schemas (2020-12, a subset) as rules. Each text that the rules accept is a document that the
 * schema accepts; the reverse does not hold, where a model needs no choice:
 *
 * <ul>
 *   <li>properties come in the order in which they are declared, then additional ones; without
 *       {@code additionalProperties} an object with {@code properties} has no others;
 *   <li>a schema without {@code type} is of the types its keywords speak of;
 *   <li>values of {@code enum} and {@code const}, keys, strings with a pattern or format are
 *       written in their shortest form; an integer has no fraction, a bounded number no exponent,
 *       any other an exponent of at most two digits;
 *   <li>an alternative of {@code anyOf} and {@code oneOf} is chosen by the text alone: a document
 *       that two alternatives of oneOf accept is not refused.
 * </ul>
 *
 * <p>Supported: type, properties, required, additionalProperties, items, prefixItems, minItems,
 * maxItems, enum, const, anyOf, oneOf, allOf (what {@link SchemaMerge} joins), $ref within the
 * document, minLength, maxLength, pattern, format ({@link StringFormats}), minimum, maximum and
 * their exclusive forms. Keywords that would be violated are refused by name; annotations and
 * unknown keywords are ignored.
 */
final class SchemaCompiler {

  /** Numbers as they are written: a bound of 1e999 is no infinity. */
  private static final ObjectReader JSON =
      new ObjectMapper().reader().with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private final JsonNode root;
  private final Rules rules = new Rules();
  private final JsonRules json;
  private final SchemaContainers containers;
  private final Map<String, Integer> ruleOfPointer = new HashMap<>();

  /** Referenced schemas that still have to be compiled, so that chains of them do not recurse. */
  private final ArrayDeque<String> pending = new ArrayDeque<>();

  private int numSubschemas;
  private int nesting;

  private SchemaCompiler(JsonNode root, Whitespace whitespace) {
    this.root = root;
    this.ruleOfPointer.put("#", rules.declare("#"));
    this.json = new JsonRules(rules, whitespace);
    this.containers = new SchemaContainers(this, json);
  }

  static Rules compile(String schema, Whitespace whitespace) {
    GrammarException.checkLimit(
        "characters of the schema", schema.length(), GrammarLimits.MAX_SOURCE_CHARS);
    JsonNode root;
    try {
      root = JSON.readTree(schema);
    } catch (JsonProcessingException e) {
      throw new GrammarException("the schema is not JSON: " + e.getOriginalMessage());
    }
    return new SchemaCompiler(root, whitespace).run();
  }

  private Rules run() {
    pending.add("#");
    while (!pending.isEmpty()) {
      String pointer = pending.remove();
      Integer rule = ruleOfPointer.get(pointer);
      if (rule == null) {
        throw new IllegalStateException("no rule for " + pointer);
      }
      rules.define(rule, value(target(pointer, pointer), pointer));
    }
    return rules;
  }

  /** What documents of {@code schema}, which lies at {@code path}, look like. */
  Expression value(JsonNode schema, String path) {
    GrammarException.checkLimit("subschemas", ++numSubschemas, GrammarLimits.MAX_SUBSCHEMAS);
    if (schema.isBoolean()) {
      if (!schema.booleanValue()) {
        throw new GrammarException(path + ": the schema 'false' accepts nothing");
      }
      return json.value();
    }
    if (!(schema instanceof ObjectNode node)) {
      throw new GrammarException(path + ": a schema is an object or a boolean, not " + schema);
    }
    enter();
    try {
      return objectSchema(node, path);
    } finally {
      nesting--;
    }
  }

  private void enter() {
    GrammarException.checkLimit("nested subschemas", ++nesting, GrammarLimits.MAX_NESTING);
  }

  private Expression objectSchema(ObjectNode schema, String path) {
    SchemaKeywords.refuseUnsupported(schema, path);
    if (schema.has("$ref")) {
      if (SchemaKeywords.hasOtherThan(schema, Set.of("$ref"))) {
        return value(flattened(schema, path), path);
      }
      return reference(schema.path("$ref"), path);
    }
    if (schema.has("allOf")) {
      JsonNode parts = schema.path("allOf");
      boolean isAlone = !SchemaKeywords.hasOtherThan(schema, Set.of("allOf"));
      return isAlone && parts.size() == 1
          ? value(parts.path(0), path + "/allOf/0")
          : value(flattened(schema, path), path);
    }
    for (String keyword : List.of("anyOf", "oneOf")) {
      if (schema.has(keyword)) {
        return alternatives(schema, keyword, path);
      }
    }
    if (schema.has("enum") || schema.has("const")) {
      return SchemaLeaves.literals(schema, path);
    }
    Set<String> types = SchemaKeywords.typesOf(schema, path);
    List<Expression> options = new ArrayList<>();
    for (String type : types) {
      // Whoever says number has said integer.
      if (!type.equals("integer") || !types.contains("number")) {
        options.add(ofType(type, schema, path));
      }
    }
    return types.isEmpty() ? json.value() : Expression.anyOf(options);
  }

  private Expression ofType(String type, ObjectNode schema, String path) {
    return switch (type) {
      case "object" -> containers.object(schema, path);
      case "array" -> containers.array(schema, path);
      case "string" -> SchemaLeaves.string(schema, path, json);
      case "integer" -> SchemaLeaves.integer(schema, path, json);
      case "number" -> SchemaLeaves.number(schema, path, json);
      case "boolean" -> Expression.textsOf(List.of("true", "false"));
      default -> Expression.text("null");
    };
  }

  private Expression alternatives(ObjectNode schema, String keyword, String path) {
    JsonNode parts = schema.path(keyword);
    if (!parts.isArray() || parts.isEmpty()) {
      throw new GrammarException(path + "/" + keyword + ": expected a list of schemas");
    }
    ObjectNode base = schema.deepCopy();
    base.remove(keyword);
    boolean isAlone = !SchemaKeywords.hasOtherThan(base, Set.of());
    List<Expression> options = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      String partPath = path + "/" + keyword + "/" + i;
      JsonNode part = parts.path(i);
      if (part.isBoolean() && !part.booleanValue()) {
        continue;
      }
      JsonNode both = isAlone ? part : SchemaMerge.merge(base, flattened(part, partPath), partPath);
      options.add(value(both, partPath));
    }
    if (options.isEmpty()) {
      throw new GrammarException(path + "/" + keyword + ": no alternative accepts anything");
    }
    return Expression.anyOf(options);
  }

  /** An equal schema that has neither allOf nor a reference beside other assertions. */
  private ObjectNode flattened(JsonNode schema, String path) {
    if (schema.isBoolean() && schema.booleanValue()) {
      return JsonNodeFactory.instance.objectNode();
    }
    if (!(schema instanceof ObjectNode node)) {
      throw new GrammarException(path + ": expected an object, not " + schema);
    }
    GrammarException.checkLimit("subschemas", ++numSubschemas, GrammarLimits.MAX_SUBSCHEMAS);
    SchemaKeywords.refuseUnsupported(node, path);
    enter();
    ObjectNode flat = node.deepCopy();
    JsonNode reference = flat.remove("$ref");
    JsonNode parts = flat.remove("allOf");
    if (reference != null) {
      String pointer = pointer(reference, path);
      flat = SchemaMerge.merge(flattened(target(pointer, path), pointer), flat, path);
    }
    if (parts != null) {
      if (!parts.isArray()) {
        throw new GrammarException(path + "/allOf: expected a list of schemas");
      }
      for (int i = 0; i < parts.size(); i++) {
        String partPath = path + "/allOf/" + i;
        flat = SchemaMerge.merge(flat, flattened(parts.path(i), partPath), path);
      }
    }
    nesting--;
    return flat;
  }

  private Expression reference(JsonNode reference, String path) {
    String pointer = pointer(reference, path);
    Integer known = ruleOfPointer.get(pointer);
    if (known == null) {
      target(pointer, path);
      known = rules.declare(pointer);
      ruleOfPointer.put(pointer, known);
      pending.add(pointer);
    }
    return new Expression.Call(known);
  }

  private static String pointer(JsonNode reference, String path) {
    String text = reference.textValue();
    if (text == null || !(text.equals("#") || text.startsWith("#/"))) {
      throw new GrammarException(
          path + "/$ref: " + reference + " is not supported, only places in this schema (#/...)");
    }
    return text;
  }

  private JsonNode target(String pointer, String path) {
    JsonNode target;
    try {
      target =
          root.at(
              URLDecoder.decode(pointer.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new GrammarException(path + "/$ref: '" + pointer + "' is no JSON pointer");
    }
    if (target.isMissingNode()) {
      throw new GrammarException(path + "/$ref: '" + pointer + "' is not in this schema");
    }
    return target;
  }
}
