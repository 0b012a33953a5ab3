package dev.gatun.server.openai;

import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How logprobs name tokens: by their text, or {@code token_id:<id>}. Immutable.
 *
 * @param areIds the second form
 */
record TokenNames(Tokenizer tokenizer, boolean areIds) {
  /** Stands for "impossible": JSON has no negative infinity. */
  private static final float LOWEST_LOGPROB = -9999;

  String name(int tokenId) {
    return areIds ? "token_id:" + tokenId : text(tokenId);
  }

  String text(int tokenId) {
    return tokenizer.tokenText(tokenId);
  }

  /** A log-probability that JSON can carry. */
  static float finite(float logprob) {
    // Written so that NaN becomes the lowest value too.
    return logprob > LOWEST_LOGPROB ? logprob : LOWEST_LOGPROB;
  }

  /** An entry of {@code prompt_logprobs}. */
  record PromptLogprob(float logprob, int rank, String decodedToken) {}

  /** Value of {@code prompt_logprobs}: per position a map of token ids, null for the first. */
  List<@Nullable Map<String, PromptLogprob>> prompt(List<@Nullable TokenLogprobs> positions) {
    List<@Nullable Map<String, PromptLogprob>> result = new ArrayList<>(positions.size());
    for (TokenLogprobs position : positions) {
      result.add(position == null ? null : prompt(position));
    }
    return result;
  }

  private Map<String, PromptLogprob> prompt(TokenLogprobs position) {
    Map<String, PromptLogprob> entries = new LinkedHashMap<>();
    entries.put(
        Integer.toString(position.tokenId()),
        new PromptLogprob(finite(position.logprob()), position.rank(), text(position.tokenId())));
    for (int k = 0; k < position.topIds().length; k++) {
      int tokenId = position.topIds()[k];
      entries.putIfAbsent(
          Integer.toString(tokenId),
          new PromptLogprob(finite(position.topLogprobs()[k]), k + 1, text(tokenId)));
    }
    return entries;
  }
}
