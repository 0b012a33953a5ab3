package dev.gatun.server.openai;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whole answer to {@code /v1/chat/completions}. Null fields are written as null. */
record ChatAnswer(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    @Nullable String serviceTier,
    @Nullable String systemFingerprint,
    UsageCounter.Usage usage,
    @Nullable List<@Nullable Map<String, TokenNames.PromptLogprob>> promptLogprobs,
    int @Nullable [] promptTokenIds,
    @Nullable Object kvTransferParams) {

  record Choice(
      int index,
      Message message,
      @Nullable ChatLogprobs logprobs,
      String finishReason,
      @Nullable Object stopReason,
      int @Nullable [] tokenIds) {}

  record Message(
      String role,
      String content,
      @Nullable String refusal,
      @Nullable Object annotations,
      @Nullable Object audio,
      @Nullable Object functionCall,
      List<Object> toolCalls,
      @Nullable String reasoning) {

    static Message of(String content) {
      return new Message("assistant", content, null, null, null, null, List.of(), null);
    }
  }
}
