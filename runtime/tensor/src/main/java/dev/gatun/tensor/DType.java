package dev.gatun.tensor;

/** Element types, named as safetensors names them. */
public enum DType {
  BOOL(1),
  U8(1),
  I8(1),
  I16(2),
  I32(4),
  I64(8),
  /** {@link E4m3}: of weights and KV caches. */
  F8_E4M3(1),
  F16(2),
  BF16(2),
  F32(4),
  F64(8);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /** True for the types that a float32 computation can read: F16, BF16 and F32. */
  public boolean isFloat() {
    return this == F16 || this == BF16 || this == F32;
  }
}
