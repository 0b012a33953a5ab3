package dev.gatun.tensor.contract;

/**
 * Norms in double, with a bound on what a float32 computation may lose: a sum of n terms in any
 * order is off by at most n roundoffs of the sum of their magnitudes, and a handful of operations
 * follow it.
 */
record NaiveNorms(double[][] expected, double[][] error) {
  /** Operations after the sum, generously. */
  private static final int OTHER_OPERATIONS = 16;

  static NaiveNorms rms(float[][] x, float[] weight, float offset, float eps) {
    int size = weight.length;
    NaiveNorms naive = sized(x.length, size);
    for (int row = 0; row < x.length; row++) {
      double squares = 0;
      for (float value : x[row]) {
        squares += (double) value * value;
      }
      double root = Math.sqrt(squares / size + eps);
      for (int i = 0; i < size; i++) {
        double expected = x[row][i] / root * ((double) weight[i] + offset);
        naive.expected[row][i] = expected;
        naive.error[row][i] = losses(size) * Math.abs(expected);
      }
    }
    return naive;
  }

  static NaiveNorms layer(float[][] x, float[] weight, float[] bias, float eps) {
    int size = weight.length;
    NaiveNorms naive = sized(x.length, size);
    for (int row = 0; row < x.length; row++) {
      double mean = 0;
      double magnitude = 0;
      for (float value : x[row]) {
        mean += value / (double) size;
        magnitude += Math.abs(value) / (double) size;
      }
      double variance = 0;
      for (float value : x[row]) {
        variance += (value - mean) * (value - mean) / size;
      }
      double root = Math.sqrt(variance + eps);
      for (int i = 0; i < size; i++) {
        double centered = x[row][i] - mean;
        naive.expected[row][i] = centered / root * weight[i] + bias[i];
        double terms = (magnitude + Math.abs(centered)) / root * Math.abs(weight[i]);
        naive.error[row][i] = losses(size) * (terms + Math.abs(bias[i]));
      }
    }
    return naive;
  }

  private static double losses(int size) {
    return (size + OTHER_OPERATIONS) * Rounding.F32_ROUNDOFF;
  }

  private static NaiveNorms sized(int rows, int columns) {
    return new NaiveNorms(new double[rows][columns], new double[rows][columns]);
  }
}
