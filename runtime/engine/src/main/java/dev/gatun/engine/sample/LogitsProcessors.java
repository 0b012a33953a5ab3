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
  /** Marks in {@link #counts} of tokens that were listed. */
  private static final int FORBIDDEN = -1;

  private static final int BIASED = -2;
  private static final int LISTED = -3;

  private final int vocabSize;
  private final int[] eosTokenIds;

  /** By token; zero between calls. */
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

  /**
   * Lists what {@link #apply} would do to the logits beside masks and allowed tokens, for whoever
   * does it elsewhere: every token at most once as shifted and once as counted.
   *
   * @return false if the sink has no room for all, or a token is biased twice; then it has a part
   */
  boolean list(
      SamplingParams sampling, int[] tokenIds, int numPromptTokens, int numTokens, EditSink sink) {
    TokenRules rules = sampling.tokenRules();
    boolean fits = true;
    for (int[] sequence : rules.bannedSequences()) {
      if (endsWithPrefix(tokenIds, numPromptTokens, numTokens, sequence)) {
        fits &= forbid(sequence[sequence.length - 1], sink);
      }
    }
    boolean mayEnd = numTokens - numPromptTokens >= sampling.minTokens();
    for (int i = 0; !mayEnd && i < eosTokenIds.length; i++) {
      fits &= forbid(eosTokenIds[i], sink);
    }
    int[] stopIds = sampling.stopTokenIds();
    for (int i = 0; !mayEnd && i < stopIds.length; i++) {
      fits &= forbid(stopIds[i], sink);
    }
    for (int i = 0; i < rules.biasedIds().length; i++) {
      int id = rules.biasedIds()[i];
      fits &= counts[id] != BIASED;
      // A forbidden token stays so, whatever its bias.
      if (counts[id] == 0) {
        counts[id] = BIASED;
        fits &= sink.shift(id, rules.biases()[i]);
      }
    }
    forgetListed(rules, stopIds);
    return fits
        && (!hasPenalty(sampling)
            || listCounts(sampling, tokenIds, numPromptTokens, numTokens, sink));
  }

  private boolean forbid(int id, EditSink sink) {
    if (id < 0 || id >= vocabSize || counts[id] == FORBIDDEN) {
      return true;
    }
    counts[id] = FORBIDDEN;
    return sink.shift(id, Float.NEGATIVE_INFINITY);
  }

  private void forgetListed(TokenRules rules, int[] stopIds) {
    for (int[] sequence : rules.bannedSequences()) {
      counts[sequence[sequence.length - 1]] = 0;
    }
    forget(eosTokenIds);
    forget(stopIds);
    forget(rules.biasedIds());
  }

  private void forget(int[] ids) {
    for (int id : ids) {
      if (id >= 0 && id < vocabSize) {
        counts[id] = 0;
      }
    }
  }

  private boolean listCounts(
      SamplingParams sampling, int[] tokenIds, int numPromptTokens, int numTokens, EditSink sink) {
    int from = sampling.repetitionPenalty() != 1 ? 0 : numPromptTokens;
    count(tokenIds, numPromptTokens, numTokens);
    boolean fits = true;
    for (int i = numTokens - 1; i >= from; i--) {
      int id = tokenIds[i];
      // From the end: a token of the output has its count until it is taken, one of the prompt has
      // none, and both are marked then.
      if (counts[id] != LISTED) {
        fits &= sink.count(id, counts[id]);
        counts[id] = LISTED;
      }
    }
    for (int i = from; i < numTokens; i++) {
      counts[tokenIds[i]] = 0;
    }
    return fits;
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
