package dev.gatun.tensor.reference;

import dev.gatun.tensor.Activation;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.Tensor;

/**
 * Element-wise ops: gatedActivation, activation and add. Each row is read to scratch before it is
 * written, so out may be an input. Engine thread.
 *
 * <p>exp and tanh are Math's, computed in double and rounded to float once: the error stays below
 * one float32 ulp, and HotSpot computes them alike in the interpreter and in compiled code, so a
 * warm process gives the same bits as a cold one.
 */
final class ReferenceActivations {
  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double SQRT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);

  private final FloatScratch rowScratch = new FloatScratch();
  private final FloatScratch otherScratch = new FloatScratch();

  void gatedActivation(Tensor out, Tensor gateUp, Activation activation) {
    Require.activation("gatedActivation out", out);
    int size = out.rowLength();
    Require.activation("gatedActivation gateUp", gateUp, out.numRows(), 2L * size);

    float[] gate = rowScratch.atLeast(size);
    float[] up = otherScratch.atLeast(size);
    for (int t = 0; t < out.numRows(); t++) {
      gateUp.readFloats(t, 0, gate, 0, size);
      gateUp.readFloats(t, size, up, 0, size);
      for (int i = 0; i < size; i++) {
        gate[i] = apply(activation, gate[i]) * up[i];
      }
      out.writeFloats(t, 0, gate, 0, size);
    }
  }

  void activation(Tensor out, Tensor x, Activation activation) {
    Require.activation("activation x", x);
    Require.activation("activation out", out, x.numRows(), x.rowLength());
    int size = x.rowLength();

    float[] row = rowScratch.atLeast(size);
    for (int t = 0; t < x.numRows(); t++) {
      x.readFloats(t, 0, row, 0, size);
      for (int i = 0; i < size; i++) {
        row[i] = apply(activation, row[i]);
      }
      out.writeFloats(t, 0, row, 0, size);
    }
  }

  void add(Tensor out, Tensor a, Tensor b) {
    Require.activation("add a", a);
    Require.activation("add b", b, a.numRows(), a.rowLength());
    Require.activation("add out", out, a.numRows(), a.rowLength());
    int size = a.rowLength();

    float[] sum = rowScratch.atLeast(size);
    float[] other = otherScratch.atLeast(size);
    for (int t = 0; t < a.numRows(); t++) {
      a.readFloats(t, 0, sum, 0, size);
      b.readFloats(t, 0, other, 0, size);
      for (int i = 0; i < size; i++) {
        sum[i] += other[i];
      }
      out.writeFloats(t, 0, sum, 0, size);
    }
  }

  private static float apply(Activation activation, float x) {
    return switch (activation) {
      case SILU -> (float) (x / (1 + Math.exp(-x)));
      case GELU -> (float) (0.5 * x * (1 + erf(x * SQRT_HALF)));
      case GELU_TANH -> {
        double cube = (double) x * x * x;
        yield (float) (0.5 * x * (1 + Math.tanh(SQRT_TWO_OVER_PI * (x + 0.044715 * cube))));
      }
      case RELU -> Math.max(x, 0f);
    };
  }

  /**
   * The error function, by erf(x) = 2 / sqrt(pi) exp(-x^2) sum over n of 2^n x^(2n+1) / (2n+1)!!.
   * All terms have the sign of x, so nothing cancels and the sum is good to some 1e-15; it takes
   * about x^2 + 20 terms. From 6 on, 1 - erf is below what a double can tell from 1.
   */
  static double erf(double x) {
    if (Double.isNaN(x)) {
      return x;
    }
    if (Math.abs(x) >= 6) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }
}
