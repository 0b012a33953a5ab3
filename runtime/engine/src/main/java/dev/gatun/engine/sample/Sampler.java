package dev.gatun.engine.sample;

import dev.gatun.engine.api.SamplingParams;
import java.util.Arrays;

/**
 * Chooses the next token from a row of logits. Order: min-tokens mask, repetition, frequency and
 * presence penalty, then for greedy requests the likeliest token, else temperature, top-k, top-p,
 * min-p and a draw.
 *
 * <p>Top-k, top-p, min-p is the order of Hugging Face transformers. vLLM applies min-p first, which
 * gives other distributions where min-p and top-p are both set: up to 0.04 per token on the golden
 * distributions that this order meets within 1e-6. Everything before temperature is vLLM's order.
 *
 * <p>Ties go to the lowest token id. The draw is a function of seed and output index alone ({@link
 * CounterRandom}) and walks the tokens by id, so equal logits give equal tokens whatever the batch.
 *
 * <p>Scratch storage is claimed here, nothing per token. One thread at a time.
 */
public final class Sampler {
  /** Returned when no token can be chosen: see {@link #isSound}, or everything was masked. */
  public static final int NO_TOKEN = -1;

  private final int vocabSize;
  private final int[] eosTokenIds;
  private final float[] scores;
  private final float[] weights;
  private final int[] counts;
  private final Candidates candidates;

  /**
   * Claims scratch storage.
   *
   * @param eosTokenIds masked, beside the request's stop tokens, before min_tokens
   */
  public Sampler(int vocabSize, int[] eosTokenIds) {
    this.vocabSize = vocabSize;
    this.eosTokenIds = eosTokenIds.clone();
    scores = new float[vocabSize];
    weights = new float[vocabSize];
    counts = new int[vocabSize];
    candidates = new Candidates(vocabSize);
  }

  /**
   * Whether the first {@code vocabSize} logits hold no NaN, no positive infinity and a finite
   * value.
   */
  public static boolean isSound(float[] logits, int vocabSize) {
    boolean isBelowInfinity = true;
    boolean hasFinite = false;
    for (int id = 0; id < vocabSize; id++) {
      // Comparisons with NaN are false.
      isBelowInfinity &= logits[id] <= Float.MAX_VALUE;
      hasFinite |= logits[id] >= -Float.MAX_VALUE;
    }
    return isBelowInfinity && hasFinite;
  }

  /**
   * Chooses the token that follows {@code tokenIds}.
   *
   * @param logits at least vocabSize entries, sound; not modified
   * @param tokenIds prompt, then output; the first {@code numTokens} count
   * @param seed of the request's own random stream
   * @return a token id, or {@link #NO_TOKEN}
   */
  public int sample(
      float[] logits,
      SamplingParams sampling,
      int[] tokenIds,
      int numPromptTokens,
      int numTokens,
      long seed) {
    int outputIndex = numTokens - numPromptTokens;
    boolean isMasked = outputIndex < sampling.minTokens();
    if (sampling.isGreedy() && !isMasked && !hasPenalty(sampling)) {
      return likeliest(logits);
    }
    System.arraycopy(logits, 0, scores, 0, vocabSize);
    if (isMasked) {
      mask(eosTokenIds);
      mask(sampling.stopTokenIds());
    }
    if (hasPenalty(sampling)) {
      penalise(sampling, tokenIds, numPromptTokens, numTokens);
    }
    if (sampling.isGreedy()) {
      return likeliest(scores);
    }
    if (likeliest(scores) == NO_TOKEN) {
      return NO_TOKEN;
    }
    weigh(sampling);
    return draw(CounterRandom.uniform(seed, outputIndex));
  }

  private static boolean hasPenalty(SamplingParams sampling) {
    return sampling.repetitionPenalty() != 1
        || sampling.frequencyPenalty() != 0
        || sampling.presencePenalty() != 0;
  }

  private int likeliest(float[] row) {
    int best = NO_TOKEN;
    float max = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < vocabSize; id++) {
      if (row[id] > max) {
        max = row[id];
        best = id;
      }
    }
    return best;
  }

  private void mask(int[] ids) {
    for (int id : ids) {
      if (id >= 0 && id < vocabSize) {
        scores[id] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** Repetition looks at prompt and output, the other two at the output alone. */
  private void penalise(
      SamplingParams sampling, int[] tokenIds, int numPromptTokens, int numTokens) {
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

  /** Turns scores into weights of the tokens that may be drawn; 0 for the others. */
  private void weigh(SamplingParams sampling) {
    float max = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < vocabSize; id++) {
      scores[id] /= sampling.temperature();
      if (scores[id] > max) {
        max = scores[id];
      }
    }
    boolean hasTopK = sampling.topK() > 0 && sampling.topK() < vocabSize;
    if (hasTopK) {
      candidates.fillLikeliest(scores, sampling.topK(), vocabSize);
      weighCandidates(max);
    } else {
      for (int id = 0; id < vocabSize; id++) {
        weights[id] = weight(scores[id], max);
      }
    }
    if (sampling.topP() < 1) {
      keepTopP(sampling.topP(), hasTopK);
      weighCandidates(max);
    }
    if (sampling.minP() > 0) {
      for (int id = 0; id < vocabSize; id++) {
        // The likeliest token's weight is 1, so weights are already relative to it.
        weights[id] = weights[id] < sampling.minP() ? 0 : weights[id];
      }
    }
  }

  private void keepTopP(float topP, boolean hasCandidates) {
    if (hasCandidates) {
      candidates.keepMass(weights, topP * candidates.mass(weights));
      return;
    }
    double total = totalWeight();
    // All tokens below this weight together have less than 1 - topP of the total, so none of them
    // is needed. A little lower still, for the sums are rounded.
    double needless = 0.99 * (1 - (double) topP) * total / vocabSize;
    float minWeight = (float) Math.max(needless, Float.MIN_VALUE);
    candidates.fill(scores, weights, minWeight, vocabSize);
    candidates.keepMass(weights, topP * total);
  }

  private double totalWeight() {
    double total = 0;
    for (int id = 0; id < vocabSize; id++) {
      total += weights[id];
    }
    return total;
  }

  private void weighCandidates(float max) {
    Arrays.fill(weights, 0);
    for (int i = 0; i < candidates.size(); i++) {
      int id = candidates.tokenId(i);
      weights[id] = weight(scores[id], max);
    }
  }

  private static float weight(float score, float max) {
    return (float) Math.exp((double) score - max);
  }

  private int draw(double uniform) {
    double point = uniform * totalWeight();
    double sum = 0;
    int last = NO_TOKEN;
    for (int id = 0; id < vocabSize && sum <= point; id++) {
      if (weights[id] > 0) {
        sum += weights[id];
        last = id;
      }
    }
    return last;
  }

  /** Unnormalised probabilities of the last draw, by token id. */
  float[] weights() {
    return weights;
  }
}
