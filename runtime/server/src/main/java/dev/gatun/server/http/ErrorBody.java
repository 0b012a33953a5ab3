package dev.gatun.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.error.ErrorTable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How an error looks as JSON, chosen by the path it answers. Pure functions, any thread. */
public enum ErrorBody {
  /** {@code {"error": "text"}}, as the Open Inference Protocol has it. */
  OIP,
  /** {@code {"error": {"message", "type", "param", "code"}}}, code being the HTTP status. */
  OPENAI;

  private static final List<String> OPENAI_PREFIXES =
      List.of("/v1", "/openai", "/tokenize", "/detokenize");

  /** The form for a path; everything outside the OpenAI API is {@link #OIP}. */
  public static ErrorBody forPath(String path) {
    for (String prefix : OPENAI_PREFIXES) {
      if (path.equals(prefix) || path.startsWith(prefix + "/")) {
        return OPENAI;
      }
    }
    return OIP;
  }

  /** The JSON text of a failure, also for the error event of a stream. */
  public byte[] render(ServingException error) {
    ErrorTable.Row row = ErrorTable.row(error.code());
    String message = error.getMessage() == null ? "" : error.getMessage();
    return render(row.http(), row.openAiType(), message, error.field());
  }

  private byte[] render(int status, String openAiType, String message, @Nullable String param) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    switch (this) {
      case OIP -> body.put("error", message);
      case OPENAI ->
          body.putObject("error")
              .put("message", message)
              .put("type", openAiType)
              .put("param", param)
              .put("code", status);
    }
    return body.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Answers a call with a coded error. */
  public void respond(HttpCall call, ServingException error) {
    call.respond(
        ErrorTable.row(error.code()).http(),
        "application/json",
        retryHeaders(error),
        render(error));
  }

  private static Map<String, String> retryHeaders(ServingException error) {
    return error.code() == ErrorCode.OVERLOADED
        ? Map.of("retry-after", Integer.toString(Math.max(1, error.retryAfterSeconds())))
        : Map.of();
  }

  /** Answers a call with a refusal of HTTP itself. */
  public void respond(
      HttpCall call, HttpRefusal refusal, Map<String, String> headers, String message) {
    call.respond(
        refusal.status(),
        "application/json",
        headers,
        render(refusal.status(), refusal.openAiType(), message, null));
  }
}
