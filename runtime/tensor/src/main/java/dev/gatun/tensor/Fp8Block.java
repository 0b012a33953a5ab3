package dev.gatun.tensor;

/**
 * A block whose weights are {@link E4m3} floats with a scale per feature and group of columns:
 * weight = scale * value.
 */
public sealed interface Fp8Block extends GroupedBlock permits StoredFp8Block, RoundedFp8Block {

  @Override
  default WeightFormat format() {
    return WeightFormat.FP8;
  }

  @Override
  default InputRounding inputs() {
    return InputRounding.FP8;
  }

  @Override
  default DType scaleType() {
    return DType.F32;
  }

  /**
   * The weights of one feature.
   *
   * @param values one per column, bits of {@link E4m3}
   * @param scales one per group
   */
  void readBytes(int feature, byte[] values, float[] scales);

  @Override
  default void readRow(int feature, float[] out) {
    byte[] values = new byte[inFeatures()];
    float[] scales = new float[numGroups()];
    readBytes(feature, values, scales);
    for (int i = 0; i < values.length; i++) {
      out[i] = E4m3.toFloat(values[i]) * scales[i / groupSize()];
    }
  }
}
