package dev.gatun.server.openai;

import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.server.text.TextChunk;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** {@code logprobs} of a chat choice: one entry per token. */
record ChatLogprobs(List<Entry> content) {

  /**
   * A token.
   *
   * @param bytes its text in UTF-8, unsigned
   * @param topLogprobs the likeliest tokens, descending
   */
  record Entry(String token, float logprob, int[] bytes, List<Candidate> topLogprobs) {}

  record Candidate(String token, float logprob, int[] bytes) {}

  static ChatLogprobs of(TextChunk chunk, TokenNames names) {
    List<Entry> entries = new ArrayList<>(chunk.logprobs().size());
    for (TokenLogprobs logprobs : chunk.logprobs()) {
      List<Candidate> top = new ArrayList<>(logprobs.topIds().length);
      for (int k = 0; k < logprobs.topIds().length; k++) {
        int tokenId = logprobs.topIds()[k];
        top.add(
            new Candidate(
                names.name(tokenId),
                TokenNames.finite(logprobs.topLogprobs()[k]),
                bytes(names.text(tokenId))));
      }
      entries.add(
          new Entry(
              names.name(logprobs.tokenId()),
              TokenNames.finite(logprobs.logprob()),
              bytes(names.text(logprobs.tokenId())),
              top));
    }
    return new ChatLogprobs(entries);
  }

  private static int[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] unsigned = new int[utf8.length];
    for (int i = 0; i < utf8.length; i++) {
      unsigned[i] = Byte.toUnsignedInt(utf8[i]);
    }
    return unsigned;
  }
}
