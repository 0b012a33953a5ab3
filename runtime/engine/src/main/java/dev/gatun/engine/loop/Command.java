package dev.gatun.engine.loop;

/** What other threads ask of the engine thread, executed in order before each step. */
sealed interface Command {

  /** Queue a request that has passed admission. */
  record Add(EventStream stream) implements Command {}

  /** End a request if it has not finished. */
  record Abort(EventStream stream) implements Command {}

  /** Abort all requests and end the engine thread. */
  record Close() implements Command {}
}
