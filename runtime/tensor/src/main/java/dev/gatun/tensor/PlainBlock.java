package dev.gatun.tensor;

import java.util.List;

/**
 * Weights stored as floats.
 *
 * @param weight F32, F16 or BF16, {@code [outFeatures, inFeatures]}
 */
public record PlainBlock(Tensor weight) implements WeightBlock {
  public PlainBlock {
    if (!weight.dtype().isFloat() || weight.shape().rank() != 2) {
      throw new IllegalArgumentException("weight " + weight + " is not F32, F16 or BF16 of rank 2");
    }
  }

  @Override
  public WeightFormat format() {
    return WeightFormat.plain(weight.dtype());
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
  public List<Tensor> tensors() {
    return List.of(weight);
  }

  @Override
  public void readRow(int feature, float[] out) {
    weight.readFloats(feature, 0, out, 0, weight.rowLength());
  }

  @Override
  public String toString() {
    return weight.toString();
  }
}
