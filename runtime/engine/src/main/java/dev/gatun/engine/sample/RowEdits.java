package dev.gatun.engine.sample;

import dev.gatun.engine.api.SamplingParams;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What changes a row of logits before a token is picked, as lists and masks for a device that
 * samples: the same rules in the same order as {@link Sampler} applies them on the host. Scratch
 * storage is claimed once. One thread at a time.
 */
public final class RowEdits {
  private final LogitsProcessors processors;
  private final long[] allowed;

  /**
   * Claims scratch storage.
   *
   * @param eosTokenIds forbidden, beside the request's stop tokens, before min_tokens
   */
  public RowEdits(int vocabSize, int[] eosTokenIds) {
    processors = new LogitsProcessors(vocabSize, eosTokenIds);
    allowed = new long[Math.ceilDiv(vocabSize, Long.SIZE)];
  }

  /**
   * Tokens that both the request's allowed ones and its constraint leave.
   *
   * @param mask bits of the tokens that the request's constraint allows, null without one
   * @return bits, valid until the next call; null for all
   */
  public long @Nullable [] allowed(SamplingParams sampling, long @Nullable [] mask) {
    int[] ids = sampling.tokenRules().allowedIds();
    if (ids.length == 0) {
      return mask;
    }
    Arrays.fill(allowed, 0);
    for (int id : ids) {
      allowed[id / Long.SIZE] |= 1L << id;
    }
    for (int word = 0; mask != null && word < allowed.length; word++) {
      allowed[word] &= mask[word];
    }
    return allowed;
  }

  /**
   * Lists forbidden, biased and repeated tokens, every one at most once of a kind.
   *
   * @param tokenIds prompt, then output; the first {@code numTokens} count
   * @return false if the sink has no room for all, or the lists cannot say it (a token biased
   *     twice); then the sink has a part of them
   */
  public boolean list(
      SamplingParams sampling, int[] tokenIds, int numPromptTokens, int numTokens, EditSink sink) {
    return processors.isIdle(sampling, numTokens - numPromptTokens)
        || processors.list(sampling, tokenIds, numPromptTokens, numTokens, sink);
  }
}
