package dev.gatun.tensor;

/**
 * How the weights of a linear layer are held for computing. Each format is a row here and a kernel
 * per backend; how files pack the integers is {@link PackedLayout}'s affair.
 */
public enum WeightFormat {
  F32,
  F16,
  BF16,
  /** 8-bit integers with a scale per group of columns, see {@link PackedBlock}. */
  INT8,
  /** 4-bit integers with a scale and perhaps a zero point per group of columns. */
  INT4,
  /** {@link E4m3} floats with a scale per group of columns, see {@link Fp8Block}. */
  FP8;

  /** Whether every weight is stored as a float of its own. */
  public boolean isPlain() {
    return switch (this) {
      case F32, F16, BF16 -> true;
      case INT8, INT4, FP8 -> false;
    };
  }

  /**
   * Element type of a plain format's weight tensor.
   *
   * @throws IllegalStateException if the format is not plain
   */
  public DType storage() {
    return switch (this) {
      case F32 -> DType.F32;
      case F16 -> DType.F16;
      case BF16 -> DType.BF16;
      case INT8, INT4, FP8 ->
          throw new IllegalStateException(this + " is not stored as one tensor of floats");
    };
  }

  /** Bits of one weight, its share of the scales not counted. */
  public int bits() {
    return switch (this) {
      case F32 -> 32;
      case F16, BF16 -> 16;
      case INT8, FP8 -> 8;
      case INT4 -> 4;
    };
  }

  /**
   * The unquantised format of a tensor.
   *
   * @throws IllegalArgumentException if the type is not F32, F16 or BF16
   */
  public static WeightFormat plain(DType dtype) {
    return switch (dtype) {
      case F32 -> F32;
      case F16 -> F16;
      case BF16 -> BF16;
      case BOOL, U8, I8, I16, I32, I64, F8_E4M3, F64 ->
          throw new IllegalArgumentException("no plain weight format for " + dtype);
    };
  }
}
