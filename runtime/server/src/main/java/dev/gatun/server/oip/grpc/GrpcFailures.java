package dev.gatun.server.oip.grpc;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.error.ErrorTable;
import io.grpc.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a failed call ends with. */
final class GrpcFailures {
  private static final Logger log = LoggerFactory.getLogger(GrpcFailures.class);

  private GrpcFailures() {}

  static Status status(ServingException failure) {
    return ErrorTable.row(failure.code()).grpc().toStatus().withDescription(failure.getMessage());
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
