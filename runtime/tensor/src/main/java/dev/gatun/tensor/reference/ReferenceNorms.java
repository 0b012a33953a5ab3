package dev.gatun.tensor.reference;

import dev.gatun.tensor.Require;
import dev.gatun.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * rmsNorm, addRmsNorm, layerNorm and qkNorm. Each row is read to scratch before it is written, so
 * out may be the input. Engine thread.
 */
final class ReferenceNorms {
  private final FloatScratch rowScratch = new FloatScratch();
  private final FloatScratch otherScratch = new FloatScratch();
  private final FloatScratch weightScratch = new FloatScratch();
  private final FloatScratch biasScratch = new FloatScratch();

  void rmsNorm(Tensor out, Tensor x, Tensor weight, float weightOffset, float eps) {
    Require.activation("rmsNorm x", x);
    Require.activation("rmsNorm out", out, x.numRows(), x.rowLength());
    int size = x.rowLength();
    float[] factors = readFactors("rmsNorm weight", weight, size, weightOffset);

    float[] row = rowScratch.atLeast(size);
    for (int t = 0; t < x.numRows(); t++) {
      x.readFloats(t, 0, row, 0, size);
      normalize(row, 0, size, factors, eps);
      out.writeFloats(t, 0, row, 0, size);
    }
  }

  void addRmsNorm(
      Tensor out, Tensor residual, Tensor x, Tensor weight, float weightOffset, float eps) {
    Require.activation("addRmsNorm x", x);
    Require.activation("addRmsNorm residual", residual, x.numRows(), x.rowLength());
    Require.activation("addRmsNorm out", out, x.numRows(), x.rowLength());
    int size = x.rowLength();
    float[] factors = readFactors("addRmsNorm weight", weight, size, weightOffset);

    float[] row = rowScratch.atLeast(size);
    float[] added = otherScratch.atLeast(size);
    for (int t = 0; t < x.numRows(); t++) {
      residual.readFloats(t, 0, row, 0, size);
      x.readFloats(t, 0, added, 0, size);
      for (int i = 0; i < size; i++) {
        row[i] += added[i];
      }
      residual.writeFloats(t, 0, row, 0, size);
      normalize(row, 0, size, factors, eps);
      out.writeFloats(t, 0, row, 0, size);
    }
  }

  void layerNorm(Tensor out, Tensor x, Tensor weight, @Nullable Tensor bias, float eps) {
    Require.activation("layerNorm x", x);
    Require.activation("layerNorm out", out, x.numRows(), x.rowLength());
    int size = x.rowLength();
    float[] factors = readFactors("layerNorm weight", weight, size, 0);
    float[] shifts = readShifts(bias, size);

    float[] row = rowScratch.atLeast(size);
    for (int t = 0; t < x.numRows(); t++) {
      x.readFloats(t, 0, row, 0, size);
      // Two passes: the mean first, so that a large mean does not cancel the variance away.
      float mean = Reduce.sum(row, 0, size) / size;
      for (int i = 0; i < size; i++) {
        row[i] -= mean;
      }
      float scale = inverseRoot(Reduce.dot(row, 0, row, 0, size) / size + eps);
      for (int i = 0; i < size; i++) {
        row[i] = row[i] * scale * factors[i] + shifts[i];
      }
      out.writeFloats(t, 0, row, 0, size);
    }
  }

  void qkNorm(Tensor heads, Tensor weight, float weightOffset, float eps) {
    int headDim = Math.toIntExact(weight.shape().numElements());
    Require.heads("qkNorm heads", heads, headDim);
    float[] factors = readFactors("qkNorm weight", weight, headDim, weightOffset);

    int size = heads.rowLength();
    float[] row = rowScratch.atLeast(size);
    for (int t = 0; t < heads.numRows(); t++) {
      heads.readFloats(t, 0, row, 0, size);
      for (int head = 0; head < size; head += headDim) {
        normalize(row, head, headDim, factors, eps);
      }
      heads.writeFloats(t, 0, row, 0, size);
    }
  }

  private float[] readFactors(String what, Tensor weight, int size, float weightOffset) {
    Require.vector(what, weight, size);
    float[] factors = weightScratch.copyOf(weight);
    for (int i = 0; i < size; i++) {
      factors[i] += weightOffset;
    }
    return factors;
  }

  private float[] readShifts(@Nullable Tensor bias, int size) {
    if (bias == null) {
      float[] zeros = biasScratch.atLeast(size);
      Arrays.fill(zeros, 0, size, 0f);
      return zeros;
    }
    Require.vector("layerNorm bias", bias, size);
    return biasScratch.copyOf(bias);
  }

  private static void normalize(float[] row, int from, int length, float[] factors, float eps) {
    float meanSquare = Reduce.dot(row, from, row, from, length) / length;
    float scale = inverseRoot(meanSquare + eps);
    for (int i = 0; i < length; i++) {
      row[from + i] = row[from + i] * scale * factors[i];
    }
  }

  private static float inverseRoot(float value) {
    return (float) (1.0 / Math.sqrt(value));
  }
}
