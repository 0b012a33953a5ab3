package dev.gatun.tensor;

import java.util.List;
import java.util.Optional;

/**
 * Plain weights that are rounded to integers while a backend places them. Groups of neighbouring
 * columns share a BF16 scale:
 *
 * <pre>
 *   INT8  128 columns  scale = largest magnitude / 127, zero point 0
 *   INT4   32 columns  scale = range / 15 with a zero point; the whole range or nine tenths of
 *                      either side of it, whichever has the least sum of squared errors
 * </pre>
 *
 * Every step is a float32 operation in a stated order, so that a backend which rounds by itself
 * finds the same integers. Why these sizes: {@code runtime/docs/adr/0008-quantisation.md}.
 *
 * @param weight F32, F16 or BF16, {@code [outFeatures, inFeatures]}
 * @param format {@link WeightFormat#INT8} or {@link WeightFormat#INT4}
 */
public record RoundedBlock(Tensor weight, WeightFormat format) implements IntegerBlock {
  private static final float[] SHARES = {1, 0.9f};

  public RoundedBlock {
    boolean isInteger = format == WeightFormat.INT8 || format == WeightFormat.INT4;
    if (!weight.dtype().isFloat() || weight.shape().rank() != 2 || !isInteger) {
      throw new IllegalArgumentException("weight " + weight + " rounded to " + format);
    }
  }

  @Override
  public InputRounding inputs() {
    return InputRounding.NONE;
  }

  /** The last group of a row may be shorter. */
  @Override
  public int groupSize() {
    return format == WeightFormat.INT8 ? 128 : 32;
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
  public DType scaleType() {
    return DType.BF16;
  }

  @Override
  public boolean hasZeros() {
    return format == WeightFormat.INT4;
  }

  @Override
  public Optional<int[]> columnOrder() {
    return Optional.empty();
  }

  @Override
  public void readRow(int feature, float[] out) {
    int length = inFeatures();
    weight.readFloats(feature, 0, out, 0, length);
    for (int from = 0; from < length; from += groupSize()) {
      int to = Math.min(length, from + groupSize());
      if (format == WeightFormat.INT8) {
        float scale = symmetricScale(out, from, to);
        for (int i = from; i < to; i++) {
          out[i] = scale * symmetricStep(out[i], scale);
        }
      } else {
        Fit fit = bestFit(out, from, to);
        for (int i = from; i < to; i++) {
          out[i] = fit.round(out[i]);
        }
      }
    }
  }

  @Override
  public void readIntegers(int feature, int[] values, float[] scales, int[] zeros) {
    int length = inFeatures();
    float[] row = new float[length];
    weight.readFloats(feature, 0, row, 0, length);
    for (int from = 0, group = 0; from < length; from += groupSize(), group++) {
      int to = Math.min(length, from + groupSize());
      if (format == WeightFormat.INT8) {
        scales[group] = symmetricScale(row, from, to);
        zeros[group] = 128;
        for (int i = from; i < to; i++) {
          values[i] = 128 + (int) symmetricStep(row[i], scales[group]);
        }
      } else {
        Fit fit = bestFit(row, from, to);
        scales[group] = fit.scale();
        zeros[group] = (int) fit.zero();
        for (int i = from; i < to; i++) {
          values[i] = fit.value(row[i]);
        }
      }
    }
  }

  private static float symmetricScale(float[] row, int from, int to) {
    float largest = 0;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Math.abs(row[i]));
    }
    return toBf16(largest / 127);
  }

  private static float symmetricStep(float value, float scale) {
    return scale == 0 ? 0 : nearest(limited(value / scale, -127, 127));
  }

  private static Fit bestFit(float[] row, int from, int to) {
    float low = 0;
    float high = 0;
    for (int i = from; i < to; i++) {
      low = Math.min(low, row[i]);
      high = Math.max(high, row[i]);
    }
    Fit best = Fit.of(low, high);
    float least = best.squaredError(row, from, to);
    for (float highShare : SHARES) {
      for (float lowShare : SHARES) {
        Fit fit = Fit.of(low * lowShare, high * highShare);
        float error = fit.squaredError(row, from, to);
        if (error < least) {
          best = fit;
          least = error;
        }
      }
    }
    return best;
  }

  /** Sixteen steps over a range that holds 0. */
  private record Fit(float scale, float zero) {
    static Fit of(float low, float high) {
      float scale = toBf16((high - low) / 15);
      return new Fit(scale, scale == 0 ? 0 : nearest(limited(-low / scale, 0, 15)));
    }

    float round(float value) {
      return (step(value) - zero) * scale;
    }

    int value(float value) {
      return (int) step(value);
    }

    private float step(float value) {
      if (scale == 0) {
        return zero;
      }
      return limited(nearest(limited(value / scale, -64, 64)) + zero, 0, 15);
    }

    float squaredError(float[] row, int from, int to) {
      float sum = 0;
      for (int i = from; i < to; i++) {
        float error = round(row[i]) - row[i];
        sum += error * error;
      }
      return sum;
    }
  }

  private static float toBf16(float value) {
    return Float.intBitsToFloat(Tensor.toBf16(value) << 16);
  }

  private static float limited(float value, float low, float high) {
    return Math.min(high, Math.max(low, value));
  }

  /** The nearest whole number, the even one of two. */
  private static float nearest(float value) {
    return (float) Math.rint(value);
  }
}
