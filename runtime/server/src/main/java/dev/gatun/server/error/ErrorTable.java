package dev.gatun.server.error;

import dev.gatun.engine.api.ErrorCode;
import io.grpc.Status;

/** One row per {@link ErrorCode}: its gRPC code, HTTP status and OpenAI error type. */
public final class ErrorTable {
  private ErrorTable() {}

  /**
   * A row.
   *
   * @param openAiType value of {@code error.type} in OpenAI bodies, as vLLM spells it
   */
  public record Row(Status.Code grpc, int http, String openAiType) {}

  public static Row row(ErrorCode code) {
    return switch (code) {
      case INVALID_ARGUMENT -> new Row(Status.Code.INVALID_ARGUMENT, 400, "BadRequestError");
      case NOT_FOUND -> new Row(Status.Code.NOT_FOUND, 404, "NotFoundError");
      case UNAUTHENTICATED -> new Row(Status.Code.UNAUTHENTICATED, 401, "AuthenticationError");
      case PERMISSION_DENIED ->
          new Row(Status.Code.PERMISSION_DENIED, 403, "PermissionDeniedError");
      // 503 and UNAVAILABLE invite retries on another replica; the reference servers agree on it.
      case OVERLOADED -> new Row(Status.Code.UNAVAILABLE, 503, "ServiceUnavailableError");
      case UNAVAILABLE -> new Row(Status.Code.UNAVAILABLE, 503, "ServiceUnavailableError");
      // 499 is nginx's status for a client that closed the connection first.
      case CANCELLED -> new Row(Status.Code.CANCELLED, 499, "CancelledError");
      case DEADLINE_EXCEEDED -> new Row(Status.Code.DEADLINE_EXCEEDED, 504, "TimeoutError");
      case UNSUPPORTED -> new Row(Status.Code.UNIMPLEMENTED, 501, "NotImplementedError");
      case INTERNAL -> new Row(Status.Code.INTERNAL, 500, "InternalServerError");
    };
  }
}
