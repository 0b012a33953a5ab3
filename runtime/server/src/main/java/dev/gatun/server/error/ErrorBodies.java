package dev.gatun.server.error;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatun.engine.api.ServingException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON bodies of failures, UTF-8; the HTTP status comes from {@link ErrorTable}. */
public final class ErrorBodies {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ErrorBodies() {}

  private record OpenAiBody(OpenAiError error) {}

  private record OpenAiError(String message, String type, @Nullable String param, int code) {}

  /** {@code {"error":{"message","type","param","code"}}}, code being the HTTP status. */
  public static byte[] openAi(ServingException failure) {
    ErrorTable.Row row = ErrorTable.row(failure.code());
    return write(
        new OpenAiBody(
            new OpenAiError(message(failure), row.openAiType(), failure.field(), row.http())));
  }

  /** {@code {"error":"message"}}, as the Open Inference Protocol has it. */
  public static byte[] oip(ServingException failure) {
    return write(Map.of("error", message(failure)));
  }

  private static String message(ServingException failure) {
    String message = failure.getMessage();
    return message == null ? failure.code().name() : message;
  }

  private static byte[] write(Object body) {
    try {
      return JSON.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an error body could not be written", e);
    }
  }
}
