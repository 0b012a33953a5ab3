package dev.gatun.server.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON of this API: bounded reading into maps, lists, strings, Booleans, Longs and Doubles; records
 * written with names in snake case.
 */
final class OpenAiJson {
  /** Deeper than any schema in use, shallow enough for recursion over it. */
  private static final int MAX_DEPTH = 128;

  private static final TypeReference<Map<String, @Nullable Object>> OBJECT =
      new TypeReference<>() {};

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_LONG_FOR_INTS)
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .build();

  private OpenAiJson() {}

  /**
   * Reads one JSON object.
   *
   * @throws ServingException INVALID_ARGUMENT saying where it is malformed
   */
  static Map<String, @Nullable Object> readObject(byte[] json) {
    try {
      Map<String, @Nullable Object> object = MAPPER.readValue(json, OBJECT);
      if (object == null) {
        throw ServingException.invalid("the body is null, must be a JSON object");
      }
      return object;
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : " at line "
                  + e.getLocation().getLineNr()
                  + " column "
                  + e.getLocation().getColumnNr();
      throw ServingException.invalid(
          "the body is not a JSON object" + where + ": " + e.getOriginalMessage());
    } catch (IOException e) {
      // Invalid UTF-8 is reported this way; the bytes are in memory, so there is no other cause.
      throw ServingException.invalid("the body is not JSON in UTF-8: " + e.getMessage());
    }
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
