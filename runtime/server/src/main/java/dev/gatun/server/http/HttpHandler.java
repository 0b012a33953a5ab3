package dev.gatun.server.http;

import dev.gatun.engine.api.ServingException;
import org.jspecify.annotations.Nullable;

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

  /**
   * Says why a call is refused before there is a thread for it and before its body is looked at.
   * Event loop thread; must not block.
   *
   * @param path percent-encoded, without query
   * @return null to let {@link #handle} decide
   */
  default @Nullable ServingException refusal(String method, String path) {
    return null;
  }
}
