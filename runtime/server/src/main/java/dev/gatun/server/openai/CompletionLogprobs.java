package dev.gatun.server.openai;

import dev.gatun.engine.api.TokenLogprobs;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code logprobs} of a completion: parallel lists, one entry per token.
 *
 * @param tokenLogprobs null where nothing precedes the token
 * @param topLogprobs the chosen token and the likeliest ones, by name
 * @param textOffset in characters (code points) from the start of the choice's text
 */
record CompletionLogprobs(
    List<String> tokens,
    List<@Nullable Float> tokenLogprobs,
    List<@Nullable Map<String, Float>> topLogprobs,
    List<Integer> textOffset) {

  /** Makes the lists of one choice, chunk by chunk. For one thread. */
  static final class Writer {
    private final TokenNames names;

    /** Where the next token begins, over all chunks of the choice. */
    private int offset;

    private CompletionLogprobs lists = empty();

    Writer(TokenNames names) {
      this.names = names;
    }

    void add(int tokenId, @Nullable TokenLogprobs logprobs) {
      lists.tokens.add(names.name(tokenId));
      lists.textOffset.add(offset);
      String text = names.text(tokenId);
      offset += text.codePointCount(0, text.length());
      if (logprobs == null) {
        lists.tokenLogprobs.add(null);
        lists.topLogprobs.add(null);
      } else {
        lists.tokenLogprobs.add(TokenNames.finite(logprobs.logprob()));
        lists.topLogprobs.add(top(logprobs));
      }
    }

    private Map<String, Float> top(TokenLogprobs logprobs) {
      Map<String, Float> top = new LinkedHashMap<>();
      top.put(names.name(logprobs.tokenId()), TokenNames.finite(logprobs.logprob()));
      for (int k = 0; k < logprobs.topIds().length; k++) {
        top.putIfAbsent(
            names.name(logprobs.topIds()[k]), TokenNames.finite(logprobs.topLogprobs()[k]));
      }
      return top;
    }

    /** The lists since the last call. */
    CompletionLogprobs take() {
      CompletionLogprobs taken = lists;
      lists = empty();
      return taken;
    }

    private static CompletionLogprobs empty() {
      return new CompletionLogprobs(
          new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }
}
