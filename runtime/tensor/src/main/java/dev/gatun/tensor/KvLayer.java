package dev.gatun.tensor;

/**
 * Paged KV cache of one layer, of type F32, F16, BF16, F8_E4M3 or I8. Floats are rounded to the
 * type as they are, in F8_E4M3 to 448 at most; not every backend takes that one. A head of a token
 * that is kept in I8 is {@code headDim} bytes in [-127, 127] and then a float32, little-endian, by
 * which each is multiplied; so a block holds all that is needed to read it wherever it is copied
 * to.
 *
 * @param keys {@code [numBlocks, blockSize, numKvHeads, headWidth]}
 * @param values same shape and type as {@code keys}
 */
public record KvLayer(Tensor keys, Tensor values) {
  private static final int SCALE_BYTES = 4;

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
    return headWidth() - headWidth(keys.dtype(), 0);
  }

  /** Elements from one head to the next. */
  public int headWidth() {
    return Math.toIntExact(keys.shape().dim(3));
  }

  /** Elements that a head takes in a cache of the type. */
  public static int headWidth(DType dtype, int headDim) {
    return dtype == DType.I8 ? headDim + SCALE_BYTES : headDim;
  }

  /** True for the types that keys and values are kept in. */
  public static boolean isCacheType(DType dtype) {
    return dtype.isFloat() || dtype == DType.I8 || dtype == DType.F8_E4M3;
  }
}
