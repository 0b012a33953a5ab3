package dev.gatun.server.http;

/** Answers the calls of one route, each on its own virtual thread. */
@FunctionalInterface
public interface RouteHandler {

  /**
   * Answers the call before returning; errors as in {@link HttpHandler#handle}.
   *
   * @param path what the pattern's {names} matched, percent-decoded
   * @throws InterruptedException if the server is shutting down by force
   */
  void handle(HttpCall call, PathValues path) throws InterruptedException;
}
