package dev.gatun.server.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenConstraint;
import dev.gatun.model.grammar.Constraint;
import dev.gatun.model.grammar.Whitespace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the text of one request has to match: OpenAI's {@code response_format}, vLLM's {@code
 * structured_outputs} and its retired {@code guided_*}, and TensorRT-LLM's {@code
 * guided_decoding_guide}. At most one of them may say something. Where a value is an object or a
 * list, protocols without these send its JSON text. For one thread.
 */
final class ConstraintFields {
  private static final String FORMAT = "response_format";
  private static final String STRUCTURED = "structured_outputs";
  private static final String GUIDED_WHITESPACE = "guided_whitespace_pattern";
  private static final String GUIDE = "guided_decoding_guide";
  private static final String GUIDE_TYPE = "guided_decoding_guide_type";

  /** Keys of structured_outputs that are a constraint of their own. */
  private static final List<String> KINDS = List.of("json", "regex", "choice", "grammar");

  private static final Set<String> OPTIONS =
      Set.of("disable_any_whitespace", "disable_additional_properties", "whitespace_pattern");

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private final Map<String, Object> values = new LinkedHashMap<>();
  private Optional<TokenConstraint> compiled = Optional.empty();

  /** A constraint and the path of its value in the request. */
  private record Wanted(String path, Constraint constraint) {}

  void set(String name, Object value) {
    values.put(name, value);
    compiled = Optional.empty();
  }

  /**
   * The constraint of the request, compiled the first time only.
   *
   * @throws ServingException INVALID_ARGUMENT naming the field, and as {@link
   *     ConstraintCompiler#compile}
   */
  Optional<TokenConstraint> compile(ConstraintCompiler compiler) {
    if (compiled.isEmpty() && !values.isEmpty()) {
      List<Wanted> wanted = wanted(compiler);
      if (wanted.size() > 1) {
        String second = wanted.get(1).path;
        throw ServingException.invalidField(
            second,
            "%s and %s exclude each other: one constraint at a time"
                .formatted(wanted.getFirst().path, second));
      }
      compiled = wanted.stream().findFirst().map(w -> compiler.compile(w.path, w.constraint));
    }
    return compiled;
  }

  private List<Wanted> wanted(ConstraintCompiler compiler) {
    List<Wanted> wanted = new ArrayList<>();
    Object format = values.get(FORMAT);
    if (format != null) {
      addFormat(object(FORMAT, format), wanted);
    }
    Object structured = values.get(STRUCTURED);
    if (structured != null) {
      addStructured(object(STRUCTURED, structured), wanted, compiler);
    }
    Whitespace whitespace = whitespace(GUIDED_WHITESPACE, values.get(GUIDED_WHITESPACE), compiler);
    for (String kind : KINDS) {
      String name = "guided_" + kind;
      Object value = values.get(name);
      if (value != null) {
        wanted.add(new Wanted(name, constraint(kind, name, value, whitespace)));
      }
    }
    if (values.containsKey(GUIDE) || values.containsKey(GUIDE_TYPE)) {
      wanted.add(new Wanted(GUIDE, guide()));
    }
    return wanted;
  }

  private static void addFormat(Map<?, ?> format, List<Wanted> wanted) {
    Object type = format.get("type");
    switch (type instanceof String text ? text : "") {
      case "text" -> {}
      case "json_object" ->
          wanted.add(new Wanted(FORMAT, new Constraint.JsonObject(Whitespace.BOUNDED)));
      case "json_schema" -> {
        String path = FORMAT + ".json_schema.schema";
        Object schema = object(FORMAT + ".json_schema", format.get("json_schema")).get("schema");
        if (schema == null) {
          throw ServingException.invalidField(path, path + " is missing");
        }
        wanted.add(new Wanted(path, constraint("json", path, schema, Whitespace.BOUNDED)));
      }
      default ->
          throw FieldValues.wrong(
              FORMAT + ".type",
              type,
              "\"text\", \"json_object\" or \"json_schema\"; nothing else is supported");
    }
  }

  private static void addStructured(
      Map<?, ?> fields, List<Wanted> wanted, ConstraintCompiler compiler) {
    Whitespace whitespace = Whitespace.BOUNDED;
    Object pattern = fields.get("whitespace_pattern");
    if (pattern != null) {
      whitespace = whitespace(STRUCTURED + ".whitespace_pattern", pattern, compiler);
    } else if (isTrue(fields, "disable_any_whitespace")) {
      whitespace = Whitespace.COMPACT;
    }
    int numBefore = wanted.size();
    for (Map.Entry<?, ?> entry : fields.entrySet()) {
      String key = String.valueOf(entry.getKey());
      Object value = entry.getValue();
      String path = STRUCTURED + "." + key;
      if (value == null || OPTIONS.contains(key)) {
        continue;
      }
      if (KINDS.contains(key)) {
        wanted.add(new Wanted(path, constraint(key, path, value, whitespace)));
      } else if (!key.equals("json_object")) {
        throw ServingException.invalidField(path, path + " is not supported by this server");
      } else if (isTrue(fields, key)) {
        wanted.add(new Wanted(path, new Constraint.JsonObject(whitespace)));
      }
    }
    if (wanted.size() == numBefore) {
      throw ServingException.invalidField(
          STRUCTURED,
          STRUCTURED + " needs one of json, regex, choice, grammar, and json_object as true");
    }
  }

  private static boolean isTrue(Map<?, ?> fields, String key) {
    Object value = fields.get(key);
    return value != null && FieldValues.toBoolean(STRUCTURED + "." + key, value);
  }

  /** As TensorRT-LLM's backend names it. */
  private Constraint guide() {
    Object type = values.get(GUIDE_TYPE);
    Object guide = values.get(GUIDE);
    if (type == null || (guide == null && !type.equals("json"))) {
      String missing = type == null ? GUIDE_TYPE : GUIDE;
      throw ServingException.invalidField(
          missing, GUIDE_TYPE + " and " + GUIDE + " belong together, " + missing + " is missing");
    }
    Object value = guide == null ? "" : guide;
    return switch (FieldValues.toText(GUIDE_TYPE, type)) {
      case "json" -> new Constraint.JsonObject(Whitespace.BOUNDED);
      case "json_schema" -> constraint("json", GUIDE, value, Whitespace.BOUNDED);
      case "regex" -> constraint("regex", GUIDE, value, Whitespace.BOUNDED);
      case "ebnf_grammar" -> constraint("grammar", GUIDE, value, Whitespace.BOUNDED);
      default ->
          throw FieldValues.wrong(
              GUIDE_TYPE,
              type,
              "\"json\", \"json_schema\", \"regex\" or \"ebnf_grammar\"; nothing else is"
                  + " supported");
    };
  }

  private static Constraint constraint(
      String kind, String path, Object value, Whitespace whitespace) {
    return switch (kind) {
      case "json" -> new Constraint.JsonSchema(jsonText(path, value), whitespace);
      case "regex" -> new Constraint.Regex(FieldValues.toText(path, value));
      case "choice" -> new Constraint.Choice(options(path, value));
      default -> new Constraint.Ebnf(FieldValues.toText(path, value));
    };
  }

  private static List<String> options(String path, Object value) {
    boolean isJson = value instanceof String text && text.stripLeading().startsWith("[");
    return FieldValues.toTexts(path, isJson ? parsed(path, (String) value) : value);
  }

  /** White space of JSON documents; a pattern is compiled alone first, to name it if it is bad. */
  private static Whitespace whitespace(
      String path, @Nullable Object pattern, ConstraintCompiler compiler) {
    if (pattern == null) {
      return Whitespace.BOUNDED;
    }
    String text = FieldValues.toText(path, pattern);
    compiler.compile(path, new Constraint.Regex(text));
    return new Whitespace(text);
  }

  private static Map<?, ?> object(String path, @Nullable Object value) {
    Object read = value instanceof String text ? parsed(path, text) : value;
    if (read instanceof Map<?, ?> map) {
      return map;
    }
    throw FieldValues.wrong(path, value, "an object");
  }

  private static Object parsed(String path, String text) {
    try {
      return JSON.readValue(text, Object.class);
    } catch (JsonProcessingException e) {
      throw ServingException.invalidField(path, path + " is not JSON: " + e.getOriginalMessage());
    }
  }

  /** A schema: JSON text as it is, anything else written as such. */
  private static String jsonText(String path, Object value) {
    if (value instanceof String text) {
      return text;
    }
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was JSON is not written as such: " + path, e);
    }
  }
}
