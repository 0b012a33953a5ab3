package dev.gatun.server.oip.model;

/** Takes the responses to one request, in order. */
@FunctionalInterface
public interface ResponseSink {

  /**
   * Sends a response; blocks while the client does not read.
   *
   * @param isLast no other follows
   * @throws dev.gatun.engine.api.ServingException CANCELLED if the client has left
   * @throws InterruptedException if interrupted while blocked
   */
  void send(InferResponse response, boolean isLast) throws InterruptedException;
}
