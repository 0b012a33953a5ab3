package dev.gatun.engine.loop;

import dev.gatun.engine.api.FinishReason;

/** What other threads ask of the engine thread, executed in order before each step. */
sealed interface Command {

  /** Queue a request that has passed admission. */
  record Add(EventStream stream) implements Command {}

  /** End a request, for a reason of its reader's, if it has not finished. */
  record End(EventStream stream, FinishReason reason) implements Command {}

  /** Abort all requests and end the engine thread. */
  record Close() implements Command {}
}
