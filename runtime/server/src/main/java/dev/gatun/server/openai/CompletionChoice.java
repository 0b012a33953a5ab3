package dev.gatun.server.openai;

import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.server.text.TextChunk;
import dev.gatun.server.text.TextEvent;
import dev.gatun.server.text.TextRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes one choice of a completion, whole or chunk by chunk: the first chunk carries what belongs
 * to the prompt. For one thread.
 */
final class CompletionChoice {
  private final CompletionRequest request;
  private final TextRequest text;
  private final int index;
  private final TokenNames names;
  private final CompletionLogprobs.Writer logprobs;
  private boolean hasBegun;

  /**
   * Begins a choice.
   *
   * @param text the prompt that it answers
   */
  CompletionChoice(CompletionRequest request, TextRequest text, int index) {
    this.request = request;
    this.text = text;
    this.index = index;
    this.names = new TokenNames(request.model().tokenizer(), request.options().tokensAsIds());
    this.logprobs = new CompletionLogprobs.Writer(names);
  }

  CompletionAnswer.Choice write(TextChunk chunk) {
    boolean isFirst = !hasBegun;
    hasBegun = true;
    int[] prompt = text.promptTokenIds();
    String echoed = isFirst && request.echoes() ? promptText() : "";
    TextEvent.TextFinished finished = chunk.finished();
    boolean returnsIds = request.options().returnsTokenIds();
    boolean scoresPrompt = request.hasPromptLogprobs() && !chunk.promptLogprobs().isEmpty();
    return new CompletionAnswer.Choice(
        index,
        echoed + chunk.text(),
        request.hasLogprobs() ? logprobs(chunk, isFirst) : null,
        finished == null ? null : finished.reason().wireName(),
        finished == null ? null : finished.stopReason(),
        returnsIds ? chunk.tokenIds() : null,
        scoresPrompt ? names.prompt(chunk.promptLogprobs()) : null,
        returnsIds && isFirst ? prompt : null);
  }

  private String promptText() {
    return request.model().tokenizer().decode(text.promptTokenIds(), text.skipSpecialTokens());
  }

  private CompletionLogprobs logprobs(TextChunk chunk, boolean isFirst) {
    if (isFirst && request.echoes()) {
      addPrompt(chunk.promptLogprobs());
    }
    for (int i = 0; i < chunk.tokenIds().length; i++) {
      logprobs.add(chunk.tokenIds()[i], chunk.logprobs().get(i));
    }
    return logprobs.take();
  }

  private void addPrompt(List<@Nullable TokenLogprobs> positions) {
    int[] prompt = text.promptTokenIds();
    for (int i = 0; i < prompt.length; i++) {
      logprobs.add(prompt[i], i < positions.size() ? positions.get(i) : null);
    }
  }
}
