package dev.gatun.server.text;

import dev.gatun.engine.api.TokenLogprobs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Joins events to a {@link TextChunk}. For one thread. */
final class TextChunkBuilder {
  private final StringBuilder text = new StringBuilder();
  private int[] tokenIds = new int[4];
  private int numTokens;
  private final List<TokenLogprobs> logprobs = new ArrayList<>();
  private List<@Nullable TokenLogprobs> promptLogprobs = List.of();
  private TextEvent.@Nullable TextFinished finished;

  void add(TextEvent event) {
    switch (event) {
      case TextEvent.PromptScored scored -> promptLogprobs = scored.logprobs();
      case TextEvent.TextDelta delta -> add(delta);
      case TextEvent.TextFinished end -> finished = end;
    }
  }

  private void add(TextEvent.TextDelta delta) {
    text.append(delta.text());
    logprobs.addAll(delta.logprobs());
    for (int tokenId : delta.tokenIds()) {
      if (numTokens == tokenIds.length) {
        tokenIds = Arrays.copyOf(tokenIds, 2 * numTokens);
      }
      tokenIds[numTokens++] = tokenId;
    }
  }

  boolean isFinished() {
    return finished != null;
  }

  int numTokens() {
    return numTokens;
  }

  TextChunk build() {
    return new TextChunk(
        text.toString(),
        Arrays.copyOf(tokenIds, numTokens),
        List.copyOf(logprobs),
        promptLogprobs,
        finished);
  }
}
