package dev.gatun.server.http;

import dev.gatun.engine.api.GenerateRequest;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One REST request and the way to answer it, exactly once: {@link #respond} or {@link
 * #startStream}. Used by the handler's virtual thread; {@link #onDisconnect} runs on a transport
 * thread.
 */
public interface HttpCall {

  /** Upper-case verb. */
  String method();

  /** Percent-encoded path without query, starting with a slash. */
  String path();

  /** Raw query string without the question mark; empty if there is none. */
  String query();

  /** Value of a header, name in lower case; null if absent. */
  @Nullable String header(String name);

  /** The whole body, within the size limit; empty if there is none. */
  byte[] body();

  /** System.nanoTime value after which nobody waits for the answer, or NO_DEADLINE. */
  default long deadlineNanos() {
    return GenerateRequest.NO_DEADLINE;
  }

  /** Client address for logs. */
  String remoteAddress();

  /**
   * Answers with a whole body.
   *
   * @param headers further headers, names in lower case
   */
  void respond(int status, String contentType, Map<String, String> headers, byte[] body);

  default void respond(int status, String contentType, byte[] body) {
    respond(status, contentType, Map.of(), body);
  }

  /** Starts a streamed answer; the head is sent at once. */
  BodyStream startStream(int status, String contentType, Map<String, String> headers);

  /** Runs once if the client leaves before the answer is complete; at once if it already has. */
  void onDisconnect(Runnable action);

  /** A streamed body. */
  interface BodyStream {

    /**
     * Sends a piece at once; blocks while too much is unsent.
     *
     * @throws IOException if the client has left
     * @throws InterruptedException if the calling thread is interrupted while blocked
     */
    void write(byte[] piece) throws IOException, InterruptedException;

    /** Ends the body; must be called exactly once, also after a failed write. */
    void end();
  }
}
