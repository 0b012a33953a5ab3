package dev.gatun.server.openai;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answer to {@code /v1/completions}, whole or one chunk of it. Null fields are written as null. */
record CompletionAnswer(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    UsageCounter.@Nullable Usage usage,
    @Nullable String systemFingerprint,
    @Nullable String serviceTier,
    @Nullable Object kvTransferParams) {

  record Choice(
      int index,
      String text,
      @Nullable CompletionLogprobs logprobs,
      @Nullable String finishReason,
      @Nullable Object stopReason,
      int @Nullable [] tokenIds,
      @Nullable List<@Nullable Map<String, TokenNames.PromptLogprob>> promptLogprobs,
      int @Nullable [] promptTokenIds) {}
}
