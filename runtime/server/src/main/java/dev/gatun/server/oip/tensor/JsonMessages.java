package dev.gatun.server.oip.tensor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Words for what is wrong with a client's JSON. */
public final class JsonMessages {
  private JsonMessages() {}

  /** The parser's complaint and place, without the excerpt of the body it appends. */
  public static String of(IOException failure) {
    if (failure instanceof JsonProcessingException json) {
      String place =
          json.getLocation() == null
              ? ""
              : " (line "
                  + json.getLocation().getLineNr()
                  + ", column "
                  + json.getLocation().getColumnNr()
                  + ")";
      return json.getOriginalMessage() + place;
    }
    return String.valueOf(failure.getMessage());
  }

  /** The same with its article. */
  public static String aKind(@Nullable JsonToken token) {
    String kind = kind(token);
    return switch (kind) {
      case "null", "nothing" -> kind;
      case "object", "integer" -> "an " + kind;
      default -> "a " + kind;
    };
  }

  /** What a token begins, for messages. */
  public static String kind(@Nullable JsonToken token) {
    return switch (token) {
      case START_OBJECT, END_OBJECT -> "object";
      case START_ARRAY, END_ARRAY -> "list";
      case FIELD_NAME, VALUE_STRING -> "string";
      case VALUE_NUMBER_INT -> "integer";
      case VALUE_NUMBER_FLOAT -> "number";
      case VALUE_TRUE, VALUE_FALSE -> "boolean";
      case VALUE_NULL -> "null";
      case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT -> "value";
      case null -> "nothing";
    };
  }
}
