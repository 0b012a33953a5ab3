package dev.gatun.server.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * JSON of this API: bounded reading into maps, lists, strings, Booleans and numbers; records
 * written with names in snake case.
 */
final class OpenAiJson {
  /** Deeper than any schema in use, shallow enough for recursion over it. */
  private static final int MAX_DEPTH = 128;

  /** What the parser's messages say of its own settings and of Java. */
  private static final Pattern INTERNALS =
      Pattern.compile(
          "(?<=\\[)Source: [^;\\]]*; | \\(bound as .*|: enable `[^`]*` to allow|, from `[^`]*`");

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .build();

  private OpenAiJson() {}

  /**
   * Reads the object that a body is.
   *
   * @throws ServingException INVALID_ARGUMENT saying where it is malformed
   */
  static Map<String, @Nullable Object> readBody(byte[] json) {
    if (json.length == 0) {
      throw ServingException.invalid("the body is not JSON but empty");
    }
    Object value;
    try {
      value = MAPPER.readValue(json, Object.class);
    } catch (IOException e) {
      throw ServingException.invalid("the body is not JSON: " + complaint(e));
    }
    Map<String, @Nullable Object> object = object(value);
    if (object == null) {
      throw ServingException.invalid("the body is " + kind(value) + ", not a JSON object");
    }
    return object;
  }

  /**
   * Reads an object that a field holds as text.
   *
   * @throws ServingException INVALID_ARGUMENT naming the field
   */
  static Map<String, @Nullable Object> readObject(String field, String json) {
    Object value;
    try {
      value = MAPPER.readValue(json, Object.class);
    } catch (JsonProcessingException e) {
      throw ServingException.invalidField(field, field + " is not JSON: " + complaint(e));
    }
    Map<String, @Nullable Object> object = object(value);
    if (object == null) {
      throw ServingException.invalidField(
          field, field + " is " + kind(value) + ", not a JSON object");
    }
    return object;
  }

  /** Null if the value is something else. */
  private static @Nullable Map<String, @Nullable Object> object(@Nullable Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      return null;
    }
    Map<String, @Nullable Object> object = LinkedHashMap.newLinkedHashMap(map.size());
    map.forEach((key, member) -> object.put(String.valueOf(key), member));
    return object;
  }

  private static String kind(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case List<?> _ -> "a list";
      case String _ -> "a string";
      case Boolean _ -> "a boolean";
      default -> "a number";
    };
  }

  /** The parser's words and place, without what it says of its own settings. */
  private static String complaint(IOException failure) {
    if (!(failure instanceof JsonProcessingException json)) {
      return String.valueOf(failure.getMessage());
    }
    String words = INTERNALS.matcher(json.getOriginalMessage()).replaceAll("");
    JsonLocation place = json.getLocation();
    return place == null
        ? words
        : words + " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")";
  }

  static byte[] write(Object answer) {
    try {
      return MAPPER.writeValueAsBytes(answer);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an answer could not be written as JSON", e);
    }
  }

  /** Answers a call with 200 and this object. */
  static void respond(HttpCall call, Object answer) {
    call.respond(200, "application/json", write(answer));
  }
}
