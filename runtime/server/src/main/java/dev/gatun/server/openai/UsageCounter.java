package dev.gatun.server.openai;

import dev.gatun.server.text.TextChunk;
import dev.gatun.server.text.TextEvent;
import dev.gatun.server.text.TextStreams;
import org.jspecify.annotations.Nullable;

/**
 * Token counts of an answer as its choices come in. A prompt counts once, however many samples it
 * has. For one thread.
 */
final class UsageCounter {
  private final int n;
  private final int[] promptTokens;
  private final int[] completionTokens;
  private final boolean reportsCached;
  private int cachedTokens;

  UsageCounter(TextStreams choices, int n, boolean reportsCached) {
    this.n = n;
    this.reportsCached = reportsCached;
    this.promptTokens = new int[choices.size()];
    this.completionTokens = new int[choices.size()];
    for (int i = 0; i < promptTokens.length; i++) {
      promptTokens[i] = choices.request(i).promptTokenIds().length;
    }
  }

  /** The wire form. */
  record Usage(
      int promptTokens,
      int totalTokens,
      int completionTokens,
      @Nullable PromptTokensDetails promptTokensDetails) {}

  record PromptTokensDetails(int cachedTokens) {}

  void add(int choice, TextChunk chunk) {
    completionTokens[choice] += chunk.tokenIds().length;
    TextEvent.TextFinished finished = chunk.finished();
    if (finished != null && choice % n == 0) {
      cachedTokens += finished.usage().cachedTokens();
    }
  }

  /** Of one choice so far. */
  Usage soFar(int choice) {
    return usage(promptTokens[choice], completionTokens[choice], null);
  }

  /** Of the whole answer. */
  Usage total() {
    int numPrompt = 0;
    int numCompletion = 0;
    for (int i = 0; i < promptTokens.length; i++) {
      numPrompt += i % n == 0 ? promptTokens[i] : 0;
      numCompletion += completionTokens[i];
    }
    return usage(
        numPrompt, numCompletion, reportsCached ? new PromptTokensDetails(cachedTokens) : null);
  }

  private static Usage usage(
      int numPrompt, int numCompletion, @Nullable PromptTokensDetails details) {
    return new Usage(numPrompt, numPrompt + numCompletion, numCompletion, details);
  }
}
