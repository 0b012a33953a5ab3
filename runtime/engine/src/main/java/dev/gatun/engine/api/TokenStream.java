package dev.gatun.engine.api;

import org.jspecify.annotations.Nullable;

/**
 * Output of one request. Bounded by its max_tokens, so the engine never waits for the reader. One
 * reader thread; {@link #abort} and {@link #stop} may be called from any.
 */
public interface TokenStream {

  String requestId();

  /**
   * Waits for the next event. After {@link TokenEvent.Finished} it must not be called again.
   *
   * @throws InterruptedException if the reader is interrupted; the request goes on
   */
  TokenEvent next() throws InterruptedException;

  /** The next event if there is one already, else null. Lets a slow reader send several at once. */
  @Nullable TokenEvent poll();

  /** Tokens that {@link #next} and {@link #poll} would give without waiting. Reader thread. */
  int numAvailable();

  /**
   * Ends the request soon, with {@link FinishReason#ABORT}; does nothing if it has finished.
   * Returns at once.
   */
  void abort();

  /**
   * Ends the request soon, with {@link FinishReason#STOP}, because the reader has found a stop
   * string; does nothing if it has finished. Tokens generated until then still come. Returns at
   * once.
   */
  void stop();
}
