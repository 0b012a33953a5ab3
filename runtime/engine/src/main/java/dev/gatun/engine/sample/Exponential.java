package dev.gatun.engine.sample;

/**
 * Weights of scores: {@code exp(score - max)}, and their sums, over whole vocabularies.
 *
 * <p>The exponential is a polynomial on {@code x / 512} raised to the 512th power by squaring: only
 * additions and multiplications, which the compiler turns into vector instructions and which give
 * the same bits on every machine ({@code Math.exp} promises neither). Relative error below 4e-8,
 * the rounding of the float result included below 1.1e-7; exact at 0. Pure functions.
 */
final class Exponential {
  /** At and below it the weight is zero: half of the smallest float is exp(-103.97). */
  private static final double LOWEST = -104.5;

  private static final double SCALE = 1.0 / 512;

  private Exponential() {}

  /** Weight of each score in [from, to); 0 for negative infinity. The scores are at most max. */
  static void weigh(float[] scores, float max, float[] weights, int from, int to) {
    for (int id = from; id < to; id++) {
      weights[id] = weight(scores[id], max);
    }
  }

  /** Weight of one score, at most 1. */
  static float weight(float score, float max) {
    double x = Math.max((double) score - max, LOWEST) * SCALE;
    // Taylor's series to the 7th power; |x| is at most 0.2041, so the rest is below 8e-11.
    double y = 1.0 / 720 + x * (1.0 / 5040);
    y = 1.0 / 120 + x * y;
    y = 1.0 / 24 + x * y;
    y = 1.0 / 6 + x * y;
    y = 0.5 + x * y;
    y = 1.0 + x * y;
    y = 1.0 + x * y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    y *= y;
    return (float) y;
  }

  /** Sum of [from, to) in a fixed order: four partial sums, so that additions overlap. */
  static double sum(float[] weights, int from, int to) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int id = from;
    for (; id < to - 3; id += 4) {
      a += weights[id];
      b += weights[id + 1];
      c += weights[id + 2];
      d += weights[id + 3];
    }
    for (; id < to; id++) {
      a += weights[id];
    }
    return (a + b) + (c + d);
  }
}
