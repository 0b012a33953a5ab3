package dev.gatun.engine.sample;

import dev.gatun.engine.api.SamplingParams;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the next token from a row of logits. Order: {@link LogitsProcessors}, then for greedy
 * requests the likeliest token, else temperature, top-k, top-p, min-p and a draw.
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

  /**
   * Largest vocabulary for which every sum is exact, so that a token does not depend on the order
   * of additions.
   */
  public static final int EXACT_VOCABULARY = Exponential.EXACT_VOCABULARY;

  /** Tokens whose weights are summed together, so that a draw steps over most of them at once. */
  private static final int BLOCK = 512;

  private final int vocabSize;
  private final LogitsProcessors processors;
  private final float[] scores;
  private final float[] weights;
  private final double[] blockWeights;
  private final Candidates candidates;
  private final WeightHistogram histogram = new WeightHistogram();

  /**
   * Claims scratch storage.
   *
   * @param eosTokenIds masked, beside the request's stop tokens, before min_tokens
   */
  public Sampler(int vocabSize, int[] eosTokenIds) {
    this.vocabSize = vocabSize;
    processors = new LogitsProcessors(vocabSize, eosTokenIds);
    scores = new float[vocabSize];
    weights = new float[vocabSize];
    blockWeights = new double[Math.ceilDiv(vocabSize, BLOCK)];
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
    return sample(logits, null, sampling, tokenIds, numPromptTokens, numTokens, seed);
  }

  /**
   * Chooses the token that follows {@code tokenIds} among those that a constraint allows.
   *
   * @param mask [ceil(vocabSize / 64)] bit {@code id % 64} of {@code mask[id / 64]} allows a token;
   *     null allows all
   */
  public int sample(
      float[] logits,
      long @Nullable [] mask,
      SamplingParams sampling,
      int[] tokenIds,
      int numPromptTokens,
      int numTokens,
      long seed) {
    int outputIndex = numTokens - numPromptTokens;
    float[] row = logits;
    if (mask != null || !processors.isIdle(sampling, outputIndex)) {
      processors.apply(logits, mask, scores, sampling, tokenIds, numPromptTokens, numTokens);
      row = scores;
    }
    if (sampling.isGreedy()) {
      return likeliest(row);
    }
    scale(row, sampling.temperature());
    float max = max();
    if (max == Float.NEGATIVE_INFINITY) {
      return NO_TOKEN;
    }
    weigh(sampling, max);
    return draw(CounterRandom.uniform(seed, outputIndex));
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

  private void scale(float[] row, float temperature) {
    if (temperature == 1) {
      System.arraycopy(row, 0, scores, 0, vocabSize);
      return;
    }
    for (int id = 0; id < vocabSize; id++) {
      scores[id] = row[id] / temperature;
    }
  }

  private float max() {
    float max = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < vocabSize; id++) {
      if (scores[id] > max) {
        max = scores[id];
      }
    }
    return max;
  }

  /** Turns scores into weights of the tokens that may be drawn; 0 for the others. */
  private void weigh(SamplingParams sampling, float max) {
    boolean hasTopK = sampling.topK() > 0 && sampling.topK() < vocabSize;
    if (hasTopK) {
      candidates.fillLikeliest(scores, sampling.topK(), vocabSize);
      weighCandidates(max);
    } else {
      Exponential.weigh(scores, max, weights, 0, vocabSize);
    }
    if (sampling.topP() < 1) {
      if (hasTopK) {
        candidates.keepMass(weights, sampling.topP() * candidates.mass(weights));
      } else {
        keepTopP(sampling.topP());
      }
      candidates.clearDropped(weights);
    }
    if (sampling.minP() > 0) {
      // The likeliest token's weight is 1, so weights are already relative to it.
      clearBelow(sampling.minP());
    }
  }

  private void weighCandidates(float max) {
    Arrays.fill(weights, 0);
    for (int i = 0; i < candidates.size(); i++) {
      int id = candidates.tokenId(i);
      weights[id] = Exponential.weight(scores[id], max);
    }
  }

  /**
   * Only the tokens in the bucket of weights where the mass is reached are told apart one by one;
   * heavier ones are all kept, lighter ones all dropped.
   */
  private void keepTopP(float topP) {
    double target = topP * Exponential.sum(weights, 0, vocabSize);
    histogram.fill(weights, vocabSize);
    int bucket = histogram.bucketOfMass(target);
    candidates.fill(scores, weights, bucket, vocabSize);
    candidates.keepMass(weights, target - histogram.massAbove(bucket));
    clearBelow(WeightHistogram.lowestWeight(bucket));
  }

  private void clearBelow(float minWeight) {
    int minBits = Float.floatToRawIntBits(minWeight);
    for (int id = 0; id < vocabSize; id++) {
      // The bits of floats that are not negative compare as the floats do. A sign for a mask, for
      // a branch that nobody can predict costs more than everything else here.
      int bits = Float.floatToRawIntBits(weights[id]);
      weights[id] = Float.intBitsToFloat(bits & ~((bits - minBits) >> 31));
    }
  }

  private int draw(double uniform) {
    double total = 0;
    int lastBlock = 0;
    for (int block = 0; block < blockWeights.length; block++) {
      int from = block * BLOCK;
      double sum = Exponential.sum(weights, from, Math.min(from + BLOCK, vocabSize));
      blockWeights[block] = sum;
      total += sum;
      lastBlock = sum > 0 ? block : lastBlock;
    }
    double point = uniform * total;
    double sum = 0;
    int block = 0;
    while (block < lastBlock && sum + blockWeights[block] <= point) {
      sum += blockWeights[block++];
    }
    // Rounding may carry the walk past the end of the block, never past the last positive weight.
    int last = NO_TOKEN;
    for (int id = block * BLOCK; id < vocabSize && (sum <= point || last == NO_TOKEN); id++) {
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
