package dev.gatun.server.text;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.TokenLogprobs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link TextStream} yields, in this order: at most one {@link PromptScored}, then {@link
 * TextDelta}s, then exactly one {@link TextFinished}.
 */
public sealed interface TextEvent {

  /**
   * Log-probabilities of the prompt, when asked for.
   *
   * @param logprobs one per prompt token; the first is null, nothing precedes it
   */
  record PromptScored(List<@Nullable TokenLogprobs> logprobs) implements TextEvent {}

  /**
   * Output since the last event. Text may lag behind its tokens while a character is incomplete or
   * could be the beginning of a stop string, so either part may be empty.
   *
   * @param text well-formed: never half of a surrogate pair
   * @param tokenIds every token the engine produced, a stop token included
   * @param logprobs parallel to {@code tokenIds}; empty if not asked for
   */
  record TextDelta(String text, int[] tokenIds, List<TokenLogprobs> logprobs)
      implements TextEvent {}

  /**
   * The end, other than a failure.
   *
   * @param reason STOP, LENGTH or ABORT
   * @param stopString the stop string that ended the request, else null
   * @param stopTokenId the stop token that ended it, else -1; also -1 for an end-of-sequence token
   */
  record TextFinished(
      FinishReason reason,
      @Nullable String stopString,
      int stopTokenId,
      Usage usage,
      RequestStats stats)
      implements TextEvent {

    /** The wire form: a String, an Integer, or null for end-of-sequence, length and abort. */
    public @Nullable Object stopReason() {
      if (stopString != null) {
        return stopString;
      }
      return stopTokenId >= 0 ? (Object) stopTokenId : null;
    }
  }
}
