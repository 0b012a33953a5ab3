package dev.gatun.engine.sample;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenRules;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What changes logits before a token is picked, in vLLM's order: the mask of a constraint, allowed
 * tokens, forbidden words, the min-tokens mask, biases, then repetition, frequency and presence
 * penalty. Scratch storage is claimed once, nothing per token. One thread at a time.
 */
final class LogitsProcessors {
  private final int vocabSize;
  private final int[] eosTokenIds;
  private final int[] counts;

  /**
   * Claims scratch storage.
   *
   * @param eosTokenIds masked, beside the request's stop tokens, before min_tokens
   */
  LogitsProcessors(int vocabSize, int[] eosTokenIds) {
    this.vocabSize = vocabSize;
    this.eosTokenIds = eosTokenIds.clone();
    counts = new int[vocabSize];
  }

  /** Whether the next token of the request is picked from its logits as they are. */
  boolean isIdle(SamplingParams sampling, int numOutputTokens) {
    return numOutputTokens >= sampling.minTokens()
        && sampling.tokenRules().isEmpty()
        && !hasPenalty(sampling);
  }

  /**
   * Writes the changed logits to {@code scores}.
   *
   * @param mask bits of the tokens that the request's constraint allows, null without one
   * @param tokenIds prompt, then output; the first {@code numTokens} count
   */
  void apply(
      float[] logits,
      long @Nullable [] mask,
      float[] scores,
      SamplingParams sampling,
      int[] tokenIds,
      int numPromptTokens,
      int numTokens) {
    TokenRules rules = sampling.tokenRules();
    copyAllowed(logits, scores, rules.allowedIds());
    if (mask != null) {
      keepMasked(scores, mask);
    }
    for (int[] sequence : rules.bannedSequences()) {
      if (endsWithPrefix(tokenIds, numPromptTokens, numTokens, sequence)) {
        mask(scores, sequence[sequence.length - 1]);
      }
    }
    if (numTokens - numPromptTokens < sampling.minTokens()) {
      mask(scores, eosTokenIds);
      mask(scores, sampling.stopTokenIds());
    }
    for (int i = 0; i < rules.biasedIds().length; i++) {
      scores[rules.biasedIds()[i]] += rules.biases()[i];
    }
    if (hasPenalty(sampling)) {
      penalise(scores, sampling, tokenIds, numPromptTokens, numTokens);
    }
  }

  private void copyAllowed(float[] logits, float[] scores, int[] allowedIds) {
    if (allowedIds.length == 0) {
      System.arraycopy(logits, 0, scores, 0, vocabSize);
      return;
    }
    Arrays.fill(scores, 0, vocabSize, Float.NEGATIVE_INFINITY);
    for (int id : allowedIds) {
      scores[id] = logits[id];
    }
  }

  private void keepMasked(float[] scores, long[] mask) {
    for (int from = 0; from < vocabSize; from += Long.SIZE) {
      long bits = mask[from / Long.SIZE];
      int to = Math.min(from + Long.SIZE, vocabSize);
      if (bits == 0) {
        Arrays.fill(scores, from, to, Float.NEGATIVE_INFINITY);
      } else if (bits != -1L) {
        for (int id = from; id < to; id++) {
          scores[id] = (bits >>> id & 1) == 0 ? Float.NEGATIVE_INFINITY : scores[id];
        }
      }
    }
  }

  /** The output, without the prompt, ends with all of the sequence but its last token. */
  private static boolean endsWithPrefix(
      int[] tokenIds, int numPromptTokens, int numTokens, int[] sequence) {
    int start = numTokens - (sequence.length - 1);
    if (start < numPromptTokens) {
      return false;
    }
    for (int i = 0; i < sequence.length - 1; i++) {
      if (tokenIds[start + i] != sequence[i]) {
        return false;
      }
    }
    return true;
  }

  private void mask(float[] scores, int[] ids) {
    for (int id : ids) {
      mask(scores, id);
    }
  }

  private void mask(float[] scores, int id) {
    if (id >= 0 && id < vocabSize) {
      scores[id] = Float.NEGATIVE_INFINITY;
    }
  }

  private static boolean hasPenalty(SamplingParams sampling) {
    return sampling.repetitionPenalty() != 1
        || sampling.frequencyPenalty() != 0
        || sampling.presencePenalty() != 0;
  }

  /** Repetition looks at prompt and output, the other two at the output alone. */
  private void penalise(
      float[] scores, SamplingParams sampling, int[] tokenIds, int numPromptTokens, int numTokens) {
    float repetition = sampling.repetitionPenalty();
    if (repetition != 1) {
      count(tokenIds, 0, numTokens);
      for (int i = 0; i < numTokens; i++) {
        int id = tokenIds[i];
        if (takeCount(id) > 0) {
          scores[id] = scores[id] > 0 ? scores[id] / repetition : scores[id] * repetition;
        }
      }
    }
    if (sampling.frequencyPenalty() != 0 || sampling.presencePenalty() != 0) {
      count(tokenIds, numPromptTokens, numTokens);
      for (int i = numPromptTokens; i < numTokens; i++) {
        int id = tokenIds[i];
        int count = takeCount(id);
        if (count > 0) {
          scores[id] -= count * sampling.frequencyPenalty();
          scores[id] -= sampling.presencePenalty();
        }
      }
    }
  }

  private void count(int[] tokenIds, int from, int to) {
    for (int i = from; i < to; i++) {
      counts[tokenIds[i]]++;
    }
  }

  /** The count, the first time it is asked for; leaves zero, as all counts are between calls. */
  private int takeCount(int id) {
    int count = counts[id];
    counts[id] = 0;
    return count;
  }
}
