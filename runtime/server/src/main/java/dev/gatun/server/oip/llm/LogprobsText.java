package dev.gatun.server.oip.llm;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.model.tokenizer.Tokenizer;
import java.util.List;

/** Log-probabilities as JSON text, as Triton's vLLM backend writes them. */
final class LogprobsText {
  /** JSON has no infinity; vLLM shows this for a token that cannot be chosen. */
  private static final float LOWEST = -9999f;

  private LogprobsText() {}

  /** A list with, per position, {@code {"<id>": {"logprob", "rank", "decoded_token"}}}. */
  static String write(List<TokenLogprobs> positions, Tokenizer tokenizer) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (TokenLogprobs position : positions) {
      ObjectNode entry = list.addObject();
      put(entry, position.tokenId(), position.logprob(), position.rank(), tokenizer);
      for (int i = 0; i < position.topIds().length; i++) {
        if (position.topIds()[i] != position.tokenId()) {
          put(entry, position.topIds()[i], position.topLogprobs()[i], i + 1, tokenizer);
        }
      }
    }
    return list.toString();
  }

  private static void put(
      ObjectNode entry, int tokenId, float logprob, int rank, Tokenizer tokenizer) {
    entry
        .putObject(Integer.toString(tokenId))
        .put("logprob", Math.max(logprob, LOWEST))
        .put("rank", rank)
        .put("decoded_token", tokenizer.tokenText(tokenId));
  }
}
