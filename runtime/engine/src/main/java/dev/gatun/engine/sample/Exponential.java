package dev.gatun.engine.sample;

/**
 * Weights of scores: {@code exp(score - max)}, and their sums, over whole vocabularies.
 *
 * <p>The exponential is a polynomial on {@code x / 512} raised to the 512th power by squaring: only
 * additions and multiplications, which the compiler turns into vector instructions and which give
 * the same bits on every machine ({@code Math.exp} promises neither).
 *
 * <p>Weights are whole numbers of {@link #UNIT}, so that sums of up to {@link #EXACT_VOCABULARY} of
 * them are exact: whoever adds them in another order, a device above all, draws the same token.
 * Error at most half a unit (1.5e-11) plus 1.1e-7 of the weight; exact at 0. Pure functions.
 */
final class Exponential {
  /** What weights are multiples of: a weight of 1 and 2^18 of them fill the 53 bits of a double. */
  static final double UNIT = 0x1p-35;

  /** Sums of so many weights are exact, whatever they are. */
  static final int EXACT_VOCABULARY = 1 << 18;

  /** Added to a weight, it leaves no place for anything below the unit. */
  private static final double TO_UNIT = 1.5 * 0x1p52 * UNIT;

  /** Far below where weights are zero: half a unit is exp(-24.95). */
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
    return (float) ((y + TO_UNIT) - TO_UNIT);
  }

  /** Sum of [from, to): four partial sums, so that additions overlap. */
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
