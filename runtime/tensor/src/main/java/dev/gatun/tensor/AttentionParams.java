package dev.gatun.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What one layer's attention does besides softmax(q k^T) v.
 *
 * @param numHeads query heads; a multiple of the cache's KV heads, head h reads KV head h /
 *     (numHeads / numKvHeads)
 * @param scale multiplies q k^T, usually headDim^-0.5
 * @param softCap c: scores become c tanh(score / c); 0 for none
 * @param window a token attends to itself and the window - 1 tokens before it; 0 for all
 * @param sinks {@code [numHeads]} logits that join the softmax denominator only, or null
 */
public record AttentionParams(
    int numHeads, float scale, float softCap, int window, @Nullable Tensor sinks) {

  public AttentionParams {
    if (numHeads < 1 || softCap < 0 || window < 0) {
      throw new IllegalArgumentException(
          "numHeads " + numHeads + ", softCap " + softCap + ", window " + window);
    }
  }

  /** Plain causal attention. */
  public static AttentionParams causal(int numHeads, float scale) {
    return new AttentionParams(numHeads, scale, 0, 0, null);
  }
}
