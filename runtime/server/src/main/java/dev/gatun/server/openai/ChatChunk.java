package dev.gatun.server.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event of a streamed chat answer. Fields that say nothing are left out, other than logprobs
 * and finish_reason, which clients look for in every chunk.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ChatChunk(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    UsageCounter.@Nullable Usage usage,
    int @Nullable [] promptTokenIds) {

  /** A choice's part, by whether it goes on. */
  sealed interface Choice {}

  /** More follows. */
  record Part(
      int index,
      Delta delta,
      @Nullable ChatLogprobs logprobs,
      @Nullable String finishReason,
      @JsonInclude(JsonInclude.Include.NON_NULL) int @Nullable [] tokenIds)
      implements Choice {}

  /** The last one. */
  record End(
      int index,
      Delta delta,
      @Nullable ChatLogprobs logprobs,
      String finishReason,
      @Nullable Object stopReason,
      @JsonInclude(JsonInclude.Include.NON_NULL) int @Nullable [] tokenIds)
      implements Choice {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Delta(@Nullable String role, String content) {}
}
