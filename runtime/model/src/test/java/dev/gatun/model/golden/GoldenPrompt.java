package dev.gatun.model.golden;

import java.util.List;
import java.util.Optional;

/**
 * What Hugging Face transformers computed for one prompt, in float32 without a KV cache.
 *
 * @param text the prompt as text where it was made from one
 * @param logitAbsMax largest absolute logit over all positions, the scale of the tolerance
 * @param fullLogits logits of the last position, {@code [vocabSize]}
 * @param promptLogprobs natural logarithms; NaN at position 0
 */
public record GoldenPrompt(
    String id,
    Optional<String> text,
    int[] ids,
    double logitAbsMax,
    List<Top> top,
    float[] fullLogits,
    double[] promptLogprobs,
    Greedy greedy) {

  /** The largest logits after reading the token at {@code position}, descending. */
  public record Top(int position, int[] ids, double[] logits) {}

  /**
   * Greedy continuation; end-of-sequence tokens were ignored.
   *
   * @param compareUntil ids before this step have to be equal; from there on the two best tokens
   *     are too close to tell
   * @param text all ids decoded, special tokens skipped
   */
  public record Greedy(int[] ids, double[] logprobs, int compareUntil, String text) {}

  /** Largest difference of a logit that float32 rounding explains. */
  public double logitTolerance() {
    return 1e-3 * Math.max(1, logitAbsMax);
  }

  /** Largest difference of a log probability. */
  public static double logprobTolerance() {
    return 2e-3;
  }

  @Override
  public String toString() {
    return id;
  }
}
