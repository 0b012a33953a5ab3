package dev.gatun.tensor.contract;

import dev.gatun.tensor.Activation;

/** Activations in double, erf by quadrature. */
final class NaiveActivations {
  private NaiveActivations() {}

  static double apply(Activation activation, double x) {
    return switch (activation) {
      case SILU -> x / (1 + Math.exp(-x));
      case GELU -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
      case GELU_TANH ->
          0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * Math.pow(x, 3))));
      case RELU -> Math.max(x, 0);
    };
  }

  /** 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to z, by Simpson's rule; good to 1e-12. */
  static double erf(double z) {
    int steps = 2000;
    double h = z / steps;
    double sum = 1 + Math.exp(-z * z);
    for (int i = 1; i < steps; i++) {
      double t = i * h;
      sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-t * t);
    }
    return 2 / Math.sqrt(Math.PI) * sum * h / 3;
  }
}
