package dev.gatun.engine.loop;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.ServingException;

/**
 * What no amount of waiting would make possible is refused here, before it is queued. Any thread;
 * cost is that of reading the prompt once.
 */
final class Admission {
  private final EngineLimits limits;

  Admission(EngineLimits limits) {
    this.limits = limits;
  }

  /**
   * Passes if the request, alone in the engine, could run to its max_tokens.
   *
   * @throws ServingException INVALID_ARGUMENT naming value and limit
   */
  void check(GenerateRequest request) {
    int numPromptTokens = request.promptTokenIds().length;
    SamplingParams sampling = request.sampling();
    if (numPromptTokens == 0) {
      throw ServingException.invalid("the prompt has no tokens; at least 1 is needed");
    }
    checkLength(numPromptTokens, sampling.maxTokens());
    checkTokenIds(request.promptTokenIds());
    checkLogprobs("logprobs", sampling.logprobs());
    checkLogprobs("prompt_logprobs", sampling.promptLogprobs());
    sampling.tokenRules().checkVocabulary(limits.vocabSize());
  }

  /** Passes if the context has room for such a prompt. */
  void checkAtLeast(int minPromptTokens) {
    if (minPromptTokens > limits.maxModelLen()) {
      throw ServingException.invalid(
          ("the model's context length is %d tokens, but the prompt has at least %d;"
                  + " shorten the prompt")
              .formatted(limits.maxModelLen(), minPromptTokens));
    }
  }

  private void checkLength(int numPromptTokens, int maxTokens) {
    long numTokens = (long) numPromptTokens + maxTokens;
    if (numTokens > limits.maxModelLen()) {
      throw ServingException.invalid(
          ("the model's context length is %d tokens, but %d were requested (%d in the prompt,"
                  + " %d as max_tokens); shorten the prompt or lower max_tokens")
              .formatted(limits.maxModelLen(), numTokens, numPromptTokens, maxTokens));
    }
    // The last output token is never fed back, so it needs no slot.
    long numSlots = maxTokens == 0 ? numTokens : numTokens - 1;
    long numBlocks = (numSlots + limits.blockSize() - 1) / limits.blockSize();
    if (numBlocks > limits.numBlocks()) {
      throw ServingException.invalid(
          ("the request's %d tokens need %d KV blocks of %d tokens, but the cache has %d in all"
                  + " (%d tokens); shorten the prompt or lower max_tokens")
              .formatted(
                  numTokens,
                  numBlocks,
                  limits.blockSize(),
                  limits.numBlocks(),
                  (long) limits.numBlocks() * limits.blockSize()));
    }
  }

  private void checkTokenIds(int[] tokenIds) {
    for (int i = 0; i < tokenIds.length; i++) {
      if (tokenIds[i] < 0 || tokenIds[i] >= limits.vocabSize()) {
        throw ServingException.invalid(
            "prompt token %d is %d, must be in [0, vocabulary size = %d)"
                .formatted(i, tokenIds[i], limits.vocabSize()));
      }
    }
  }

  private void checkLogprobs(String field, int value) {
    if (value > limits.maxLogprobs()) {
      throw ServingException.invalid(
          "%s is %d, must be <= max-logprobs = %d".formatted(field, value, limits.maxLogprobs()));
    }
  }
}
