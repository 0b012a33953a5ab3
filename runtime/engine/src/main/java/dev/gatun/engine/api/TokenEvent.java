package dev.gatun.engine.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request's stream yields, in this order: at most one {@link PromptScored}, then {@link
 * Token}s, then exactly one {@link Finished}.
 */
public sealed interface TokenEvent {

  /**
   * Log-probabilities of the prompt, when asked for.
   *
   * @param logprobs one per prompt token; the first is null, nothing precedes it
   */
  record PromptScored(List<@Nullable TokenLogprobs> logprobs) implements TokenEvent {}

  /**
   * One output token. A stop token that ends the request is delivered too, so that counts are
   * right; {@link Finished#stopTokenId} tells the reader not to show it.
   */
  record Token(int tokenId, @Nullable TokenLogprobs logprobs) implements TokenEvent {}

  /**
   * The end.
   *
   * @param stopTokenId the end-of-sequence or stop token that was delivered last, or -1
   * @param isEndOfSequence true if that token is one of the model's own end-of-sequence tokens
   * @param failure present exactly when reason is ERROR
   */
  record Finished(
      FinishReason reason,
      int stopTokenId,
      boolean isEndOfSequence,
      @Nullable ServingException failure,
      RequestStats stats)
      implements TokenEvent {}
}
