package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.text.FieldValues;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of a request, read field by field. Null counts as absent, unknown fields are
 * ignored; a wrong type is INVALID_ARGUMENT naming the field.
 */
final class JsonBody {
  private final Map<String, @Nullable Object> fields;

  /** Put before field names in messages; empty for the body itself. */
  private final String path;

  private JsonBody(Map<String, @Nullable Object> fields, String path) {
    this.fields = fields;
    this.path = path;
  }

  /**
   * Reads the body of a call.
   *
   * @throws ServingException INVALID_ARGUMENT if it is not a JSON object declared as one
   */
  static JsonBody read(HttpCall call) {
    String contentType = call.header("content-type");
    String mediaType = contentType == null ? "" : contentType.split(";", 2)[0].strip();
    if (!mediaType.toLowerCase(Locale.ROOT).equals("application/json")) {
      throw ServingException.invalid(
          "the content type is \"" + mediaType + "\", must be application/json");
    }
    Map<String, @Nullable Object> fields = OpenAiJson.readObject(call.body());
    fields.forEach(JsonBody::checkText);
    return new JsonBody(fields, "");
  }

  boolean has(String name) {
    return fields.get(name) != null;
  }

  @Nullable Object get(String name) {
    return fields.get(name);
  }

  boolean flag(String name, boolean defaultValue) {
    Object value = get(name);
    return value == null ? defaultValue : FieldValues.toBoolean(path + name, value);
  }

  int integer(String name, int defaultValue) {
    Object value = get(name);
    return value == null ? defaultValue : FieldValues.toInt(path + name, value);
  }

  Optional<String> text(String name) {
    Object value = get(name);
    return value == null ? Optional.empty() : Optional.of(FieldValues.toText(path + name, value));
  }

  Optional<JsonBody> object(String name) {
    Object value = get(name);
    return value == null
        ? Optional.empty()
        : Optional.of(new JsonBody(toObject(path + name, value), path + name + "."));
  }

  /** The map of a field that has to be a JSON object. */
  static Map<String, @Nullable Object> toObject(String field, @Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      @SuppressWarnings("unchecked") // JSON objects have string keys
      Map<String, @Nullable Object> object = (Map<String, @Nullable Object>) map;
      return object;
    }
    throw FieldValues.wrong(field, value, "an object");
  }

  /** The list of a field that has to be a JSON array. */
  static List<?> toList(String field, @Nullable Object value) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw FieldValues.wrong(field, value, "a list");
  }

  /** JSON can escape half a character; it has no token, no UTF-8 and no place in an answer. */
  private static void checkText(String field, @Nullable Object value) {
    switch (value) {
      case String text -> {
        if (hasUnpairedSurrogate(text)) {
          throw ServingException.invalidField(field, field + " has an unpaired surrogate");
        }
      }
      case List<?> list -> list.forEach(item -> checkText(field, item));
      case Map<?, ?> map -> map.values().forEach(item -> checkText(field, item));
      case null, default -> {}
    }
  }

  private static boolean hasUnpairedSurrogate(String text) {
    return text.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }
}
