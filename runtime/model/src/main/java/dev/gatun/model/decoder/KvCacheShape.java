package dev.gatun.model.decoder;

import dev.gatun.model.spec.ModelSpec;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Shape;

/**
 * What one block of the KV cache holds, the same in every layer.
 *
 * @param blockSize token slots of a block
 * @param dtype F32, F16, BF16, F8_E4M3 or I8, see {@link KvLayer}
 */
public record KvCacheShape(int numLayers, int blockSize, int numKvHeads, int headDim, DType dtype) {
  public KvCacheShape {
    if (numLayers < 1 || blockSize < 1 || numKvHeads < 1 || headDim < 1) {
      throw new IllegalArgumentException("KV cache dimensions must be at least 1");
    }
    if (!KvLayer.isCacheType(dtype)) {
      throw new IllegalArgumentException(
          "KV cache of " + dtype + ", not F32, F16, BF16, F8_E4M3 or I8");
    }
  }

  /** The cache that a model needs. */
  public static KvCacheShape of(ModelSpec spec, int blockSize, DType dtype) {
    return new KvCacheShape(
        spec.numLayers(),
        blockSize,
        spec.attention().numKvHeads(),
        spec.attention().headDim(),
        dtype);
  }

  /** Memory of one block over all layers, keys and values. */
  public long bytesPerBlock() {
    return Math.multiplyExact(2L * numLayers, layerTensorBytes(1));
  }

  /** Memory of a cache. */
  public long bytes(int numBlocks) {
    return Math.multiplyExact(bytesPerBlock(), numBlocks);
  }

  /** Blocks that fit into so many bytes. */
  public long numBlocksIn(long bytes) {
    return bytes / bytesPerBlock();
  }

  /** Shape of the keys, and of the values, of one layer. */
  Shape layerTensor(int numBlocks) {
    return Shape.of(numBlocks, blockSize, numKvHeads, KvLayer.headWidth(dtype, headDim));
  }

  private long layerTensorBytes(int numBlocks) {
    return Math.multiplyExact(layerTensor(numBlocks).numElements(), dtype.bytes());
  }
}
