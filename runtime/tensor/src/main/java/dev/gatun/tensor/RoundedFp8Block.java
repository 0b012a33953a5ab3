package dev.gatun.tensor;

import java.util.List;

/**
 * Plain weights that are rounded to 8-bit floats while a backend places them: a scale per feature,
 * its largest magnitude / 448, and the nearest {@link E4m3} to weight / scale. Every step is a
 * float32 operation.
 *
 * @param weight F32, F16 or BF16, {@code [outFeatures, inFeatures]}
 */
public record RoundedFp8Block(Tensor weight) implements Fp8Block {
  public RoundedFp8Block {
    if (!weight.dtype().isFloat() || weight.shape().rank() != 2) {
      throw new IllegalArgumentException("weight " + weight + " rounded to FP8");
    }
  }

  @Override
  public int outFeatures() {
    return weight.numRows();
  }

  @Override
  public int inFeatures() {
    return weight.rowLength();
  }

  @Override
  public int groupSize() {
    return inFeatures();
  }

  @Override
  public List<Tensor> tensors() {
    return List.of(weight);
  }

  @Override
  public void readBytes(int feature, byte[] values, float[] scales) {
    int length = inFeatures();
    float[] row = new float[length];
    weight.readFloats(feature, 0, row, 0, length);
    float largest = 0;
    for (float value : row) {
      largest = Math.max(largest, Math.abs(value));
    }
    float scale = largest / E4m3.MAX;
    scales[0] = scale;
    for (int i = 0; i < length; i++) {
      values[i] = scale == 0 ? 0 : E4m3.of(row[i] / scale);
    }
  }
}
