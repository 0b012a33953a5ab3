package dev.gatun.server.trace;

/** A call as its transport sees it. Ended once; further ends have no effect. */
public interface CallSpan extends CallTrace {

  /** An HTTP call is over. */
  void endHttp(int status);

  /**
   * A gRPC call is over.
   *
   * @param code number of its status
   */
  void endGrpc(int code);
}
