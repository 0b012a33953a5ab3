package dev.gatun.engine.sample;

import dev.gatun.engine.api.TokenLogprobs;

/**
 * Log-probabilities of a row of raw logits, before masks, penalties and temperature. Sums in
 * float64. Scratch storage is claimed once; one thread at a time.
 */
public final class LogprobScorer {
  private final int vocabSize;
  private final float[] weights;

  public LogprobScorer(int vocabSize) {
    this.vocabSize = vocabSize;
    weights = new float[vocabSize];
  }

  /**
   * Scores one token and the likeliest ones; allocates only what it returns.
   *
   * @param logits at least vocabSize entries, sound
   * @param numTop how many of the likeliest, at most vocabSize; ties go to the lowest ids
   */
  public TokenLogprobs score(float[] logits, int tokenId, int numTop) {
    float max = Float.NEGATIVE_INFINITY;
    int rank = 1;
    for (int id = 0; id < vocabSize; id++) {
      if (logits[id] > max) {
        max = logits[id];
      }
      rank += logits[id] > logits[tokenId] ? 1 : 0;
    }
    Exponential.weigh(logits, max, weights, 0, vocabSize);
    double logSum = logSum(max, Exponential.sum(weights, 0, vocabSize));

    int[] topIds = likeliest(logits, Math.min(numTop, vocabSize));
    float[] topLogprobs = new float[topIds.length];
    for (int i = 0; i < topIds.length; i++) {
      topLogprobs[i] = logprob(logits[topIds[i]], logSum);
    }
    float logprob = logprob(logits[tokenId], logSum);
    return new TokenLogprobs(tokenId, logprob, rank, topIds, topLogprobs);
  }

  /**
   * Logarithm of the sum of all {@code exp(logit)}.
   *
   * @param mass sum of all {@code exp(logit - max)}
   */
  public static double logSum(float max, double mass) {
    return max + Math.log(mass);
  }

  /** Log-probability of a token with this logit. */
  public static float logprob(float logit, double logSum) {
    return (float) (logit - logSum);
  }

  /** Insertion into a short sorted list: count is at most max-logprobs. */
  private int[] likeliest(float[] logits, int count) {
    int[] ids = new int[count];
    int size = 0;
    for (int id = 0; id < vocabSize && count > 0; id++) {
      if (size < count || logits[id] > logits[ids[size - 1]]) {
        int place = size < count ? size++ : size - 1;
        while (place > 0 && logits[id] > logits[ids[place - 1]]) {
          ids[place] = ids[place - 1];
          place--;
        }
        ids[place] = id;
      }
    }
    return ids;
  }
}
