package dev.gatun.server.oip.grpc;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.error.ErrorTable;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a failed call ends with. */
final class GrpcFailures {
  private static final Logger log = LoggerFactory.getLogger(GrpcFailures.class);

  /** Clients take 8 KiB of headers and trailers, in which a character may need nine bytes. */
  private static final int MAX_MESSAGE_CHARS = 600;

  /** Seconds, as in HTTP. */
  static final Metadata.Key<String> RETRY_AFTER =
      Metadata.Key.of("retry-after", Metadata.ASCII_STRING_MARSHALLER);

  /** What gRPC clients with a retry policy obey. */
  static final Metadata.Key<String> RETRY_PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private GrpcFailures() {}

  /** What ends the call, with trailers that say when to try again if that is known. */
  static StatusRuntimeException ending(ServingException failure) {
    return status(failure).asRuntimeException(trailers(failure));
  }

  static Status status(ServingException failure) {
    return ErrorTable.row(failure.code()).grpc().toStatus().withDescription(message(failure));
  }

  static Metadata trailers(ServingException failure) {
    Metadata trailers = new Metadata();
    int seconds = failure.retryAfterSeconds();
    if (seconds > 0) {
      trailers.put(RETRY_AFTER, Integer.toString(seconds));
      trailers.put(RETRY_PUSHBACK, Long.toString(1000L * seconds));
    }
    return trailers;
  }

  /** Never empty, and short enough for a trailer even if it repeats what the client sent. */
  static String message(ServingException failure) {
    String message = failure.getMessage();
    if (message == null || message.isEmpty()) {
      return failure.code().name();
    }
    return message.length() <= MAX_MESSAGE_CHARS
        ? message
        : message.substring(0, MAX_MESSAGE_CHARS) + "...";
  }

  /** For the top of a call's thread: a defect of ours is logged once and told without details. */
  static ServingException internal(RuntimeException defect) {
    log.error("call failed", defect);
    return new ServingException(ErrorCode.INTERNAL, "internal error");
  }

  /** The server stops by force: the thread of the call was interrupted. */
  static ServingException interrupted() {
    return new ServingException(ErrorCode.UNAVAILABLE, "the server is shutting down");
  }
}
