package dev.gatun.model.spec;

/**
 * Attention of every block. Scores are scaled by headDim^-0.5.
 *
 * @param numHeads query heads; query head h reads KV head h / (numHeads / numKvHeads)
 * @param headDim need not be hiddenSize / numHeads; even, for rope turns pairs
 */
public record AttentionSpec(int numHeads, int numKvHeads, int headDim, RopeSpec rope) {
  public AttentionSpec {
    if (numHeads < 1 || numKvHeads < 1 || numHeads % numKvHeads != 0) {
      throw new IllegalArgumentException(
          numHeads + " heads are no multiple of " + numKvHeads + " KV heads");
    }
    if (headDim < 2 || headDim % 2 != 0) {
      throw new IllegalArgumentException("headDim " + headDim + " is not even");
    }
  }

  /** Features of q, and of the attention's output. */
  public int qSize() {
    return numHeads * headDim;
  }

  /** Features of k, and of v. */
  public int kvSize() {
    return numKvHeads * headDim;
  }
}
