package dev.gatun.engine.loop;

import dev.gatun.engine.api.FinishReason;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What other threads ask of the engine thread, executed in order before each step. */
sealed interface Command {

  /** Queue a request that has passed admission. */
  record Add(EventStream stream) implements Command {}

  /** End a request, for a reason of its reader's, if it has not finished. */
  record End(EventStream stream, FinishReason reason) implements Command {}

  /**
   * Forget cached prefixes and say whether all are gone.
   *
   * @param pending taken out by who executes the command, before doing so: whoever still finds it
   *     there may rely on a reset to come
   */
  record ResetPrefixCache(AtomicReference<@Nullable CompletableFuture<Boolean>> pending)
      implements Command {}

  /** Abort all requests and end the engine thread. */
  record Close() implements Command {}
}
