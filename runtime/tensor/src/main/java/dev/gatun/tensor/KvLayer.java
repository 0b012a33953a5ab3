package dev.gatun.tensor;

/**
 * Paged KV cache of one layer.
 *
 * @param keys {@code [numBlocks, blockSize, numKvHeads, headDim]}
 * @param values same shape and type as {@code keys}
 */
public record KvLayer(Tensor keys, Tensor values) {
  public KvLayer {
    if (keys.shape().rank() != 4
        || !keys.shape().equals(values.shape())
        || keys.dtype() != values.dtype()) {
      throw new IllegalArgumentException("keys " + keys + " beside values " + values);
    }
  }

  public int numBlocks() {
    return Math.toIntExact(keys.shape().dim(0));
  }

  public int blockSize() {
    return Math.toIntExact(keys.shape().dim(1));
  }

  public int numKvHeads() {
    return Math.toIntExact(keys.shape().dim(2));
  }

  public int headDim() {
    return Math.toIntExact(keys.shape().dim(3));
  }
}
