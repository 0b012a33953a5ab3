package dev.gatun.model.spec;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;

/**
 * Builds the cosSin table of {@link dev.gatun.tensor.Ops#rope}: row p holds cos(p f[i]) for i <
 * headDim / 2, then the sines. Computed in double and rounded once, so that far positions do not
 * lose digits.
 */
public final class RopeTable {
  private RopeTable() {}

  /** Size of the table in bytes. */
  public static long bytes(int headDim, int maxPositions) {
    return Math.multiplyExact((long) headDim * maxPositions, DType.F32.bytes());
  }

  /** Makes the table in host memory, F32 {@code [maxPositions, headDim]}. */
  public static Tensor build(RopeSpec rope, int headDim, int maxPositions) {
    double[] frequencies = frequencies(rope, headDim);
    Tensor table = Tensor.onHost(DType.F32, Shape.of(maxPositions, headDim));
    for (int position = 0; position < maxPositions; position++) {
      for (int i = 0; i < frequencies.length; i++) {
        double angle = position * frequencies[i];
        table.setFloat(position, i, (float) Math.cos(angle));
        table.setFloat(position, frequencies.length + i, (float) Math.sin(angle));
      }
    }
    return table;
  }

  /** Radians per position of each pair, scaled; headDim / 2 of them, falling. */
  static double[] frequencies(RopeSpec rope, int headDim) {
    double[] frequencies = new double[headDim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = scale(rope.scaling(), Math.pow(rope.theta(), -2.0 * i / headDim));
    }
    return frequencies;
  }

  private static double scale(RopeScaling scaling, double frequency) {
    return switch (scaling) {
      case RopeScaling.None _ -> frequency;
      case RopeScaling.Linear linear -> frequency / linear.factor();
      case RopeScaling.Llama3 llama3 -> scale(llama3, frequency);
    };
  }

  private static double scale(RopeScaling.Llama3 scaling, double frequency) {
    double wavelength = 2 * Math.PI / frequency;
    double original = scaling.originalMaxPositions();
    if (wavelength < original / scaling.highFreqFactor()) {
      return frequency;
    }
    if (wavelength > original / scaling.lowFreqFactor()) {
      return frequency / scaling.factor();
    }
    double kept =
        (original / wavelength - scaling.lowFreqFactor())
            / (scaling.highFreqFactor() - scaling.lowFreqFactor());
    return (1 - kept) * frequency / scaling.factor() + kept * frequency;
  }
}
