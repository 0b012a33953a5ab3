package dev.gatun.tensor;

/**
 * How the weights of a linear layer are stored. Each format is a row here and a kernel per backend.
 */
public enum WeightFormat {
  F32(DType.F32),
  F16(DType.F16),
  BF16(DType.BF16);

  private final DType storage;

  WeightFormat(DType storage) {
    this.storage = storage;
  }

  /** Element type of the stored weight tensor. */
  public DType storage() {
    return storage;
  }

  /**
   * The unquantised format of a tensor.
   *
   * @throws IllegalArgumentException if the type is not F32, F16 or BF16
   */
  public static WeightFormat plain(DType dtype) {
    for (WeightFormat format : values()) {
      if (format.storage == dtype) {
        return format;
      }
    }
    throw new IllegalArgumentException("no plain weight format for " + dtype);
  }
}
