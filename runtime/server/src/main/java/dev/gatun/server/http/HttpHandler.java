package dev.gatun.server.http;

/** Answers REST calls. One instance serves all calls at once, each on its own virtual thread. */
@FunctionalInterface
public interface HttpHandler {

  /**
   * Answers the call before returning. A {@link dev.gatun.engine.api.ServingException} thrown
   * before the answer started becomes a coded JSON error (through {@link Router}).
   *
   * @throws InterruptedException if the server is shutting down by force
   */
  void handle(HttpCall call) throws InterruptedException;
}
