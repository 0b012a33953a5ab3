package dev.gatun.server.trace;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.RequestStats;

/** What is kept of one request. The thread that reads its output. */
@FunctionalInterface
public interface GenerationTrace {

  /** Keeps nothing. */
  GenerationTrace NONE = (_, _, _) -> {};

  /**
   * The request has ended and its end was read.
   *
   * @param numOutputTokens that the client got
   */
  void ended(FinishReason reason, int numOutputTokens, RequestStats stats);
}
