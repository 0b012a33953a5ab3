package dev.gatun.tensor;

/**
 * How a checkpoint packs the integers of a quantised weight, described once for the loader, the
 * reference and the kernels, which know it by {@link #code}. {@code n} is 32 / bits, the integers
 * of an I32 word, lowest bits first; {@code groups} is inFeatures / groupSize, rounded up.
 *
 * <pre>
 *              values                        zero points                 scales
 *   AWQ        I32 [in, out / n]             I32 [groups, out / n]       [groups, out]
 *              n features in the order 0 2 4 6 1 3 5 7, zero points alike
 *   GPTQ       I32 [in / n, out]             I32 [groups, out / n]       [groups, out]
 *              n columns in order            n features, less one
 *   ROWS       I32 [out, in / n rounded up]  the middle, 2^(bits - 1)    [out, groups]
 *   BYTES      I8  [out, in], signed         0                           [out, groups]
 * </pre>
 *
 * ROWS and BYTES are pack-quantized and int-quantized of compressed-tensors.
 */
public enum PackedLayout {
  AWQ(0),
  GPTQ(1),
  ROWS(2),
  BYTES(3);

  /** Place of feature i of a word in AWQ's order. */
  private static final int[] AWQ_LANES = {0, 4, 1, 5, 2, 6, 3, 7};

  private final int code;

  PackedLayout(int code) {
    this.code = code;
  }

  /** Number of the layout in gatun_cpu.h. */
  public int code() {
    return code;
  }

  /** Whether zero points are stored. */
  public boolean hasZeros() {
    return this == AWQ || this == GPTQ;
  }

  /** What zero points are more than the stored ones. */
  public int zeroBase() {
    return this == GPTQ ? 1 : 0;
  }

  /** Element type of the values. */
  public DType valuesType() {
    return this == BYTES ? DType.I8 : DType.I32;
  }

  /**
   * Shape of the values of a weight.
   *
   * @throws IllegalArgumentException if a dimension is not a whole number of words
   */
  public Shape valuesShape(int bits, int outFeatures, int inFeatures) {
    int n = 32 / bits;
    return switch (this) {
      case AWQ -> Shape.of(inFeatures, words("out", outFeatures, n));
      case GPTQ -> Shape.of(words("in", inFeatures, n), outFeatures);
      case ROWS -> Shape.of(outFeatures, Math.ceilDiv(inFeatures, n));
      case BYTES -> Shape.of(outFeatures, inFeatures);
    };
  }

  /** Shape of the zero points; only where there are some. */
  public Shape zerosShape(int bits, int outFeatures, int groups) {
    return Shape.of(groups, words("out", outFeatures, 32 / bits));
  }

  /** Shape of the scales. */
  public Shape scalesShape(int outFeatures, int groups) {
    return hasZeros() ? Shape.of(groups, outFeatures) : Shape.of(outFeatures, groups);
  }

  private long words(String what, int features, int n) {
    if (features % n != 0) {
      throw new IllegalArgumentException(
          "%s packs %d %s features to a word, %d is not a multiple of it"
              .formatted(this, n, what, features));
    }
    return features / n;
  }

  /** The integer of a weight as unsigned bits: signed bytes are moved up by 128. */
  int value(PackedBlock block, int feature, int column) {
    Tensor values = block.values();
    int bits = block.format().bits();
    int n = 32 / bits;
    return switch (this) {
      case AWQ -> awq(values, column, feature);
      case GPTQ -> lane(values, column / n, feature, column % n, bits);
      case ROWS -> lane(values, feature, column / n, column % n, bits);
      case BYTES -> values.getInteger(feature, column) + 128;
    };
  }

  /** The integer that stands for 0, on the same scale as {@link #value}. */
  int zero(PackedBlock block, int feature, int group) {
    int bits = block.format().bits();
    int n = 32 / bits;
    return switch (this) {
      case AWQ -> awq(block.requireZeros(), group, feature);
      case GPTQ -> lane(block.requireZeros(), group, feature / n, feature % n, bits) + zeroBase();
      case ROWS, BYTES -> 1 << (bits - 1);
    };
  }

  /** Scale of a group of one feature. */
  float scale(PackedBlock block, int feature, int group) {
    return hasZeros()
        ? block.scales().getFloat(group, feature)
        : block.scales().getFloat(feature, group);
  }

  private static int awq(Tensor words, int row, int feature) {
    return lane(words, row, feature / 8, AWQ_LANES[feature % 8], 4);
  }

  private static int lane(Tensor words, int row, int word, int lane, int bits) {
    return words.getInteger(row, word) >>> (lane * bits) & ((1 << bits) - 1);
  }
}
