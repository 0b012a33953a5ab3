package dev.gatun.engine.sched;

/**
 * How many tokens requests generate until they stop by themselves, learned from those that ran and
 * still run: for each range of lengths, how many tokens were generated in it and how many of them
 * were the last. That gives the chance to stop per token, which neither max_tokens nor aborted or
 * unfinished requests distort: a request that has not stopped counts for what it has shown.
 *
 * <p>Ranges are quarters of powers of two. Old observations fade by half whenever {@link
 * #FADE_STOPS} stops have been counted, so the forecast follows the traffic. No clock, no random
 * numbers. Engine thread only.
 */
final class OutputLengths {
  /** Log2 of ranges per power of two. */
  private static final int RANGE_BITS = 2;

  private static final int RANGES = 1 << RANGE_BITS;
  private static final int NUM_RANGES = (31 - RANGE_BITS + 1) * RANGES;

  /** Stops after which what was counted is halved: the last few hundred requests tell. */
  private static final double FADE_STOPS = 512;

  /**
   * What is assumed of lengths that were not seen: half a stop while the length doubles, so 7 of 10
   * requests reach twice the length they have.
   */
  private static final double ASSUMED_STOPS_PER_DOUBLING = 0.5;

  /** Length from which on that holds. */
  private static final double ASSUMED_FROM = 16;

  /** Stops that the assumption weighs in each range. */
  private static final double ASSUMED_WEIGHT = 0.25;

  private static final int EXP_STEPS_PER_UNIT = 128;
  private static final float[] EXP = new float[16 * EXP_STEPS_PER_UNIT];

  static {
    for (int i = 0; i < EXP.length; i++) {
      EXP[i] = (float) Math.exp(-i / (double) EXP_STEPS_PER_UNIT);
    }
  }

  private final double[] numTokens = new double[NUM_RANGES];
  private final double[] numStops = new double[NUM_RANGES];
  private double totalStops;

  /** Chance to stop per token, and its sum over all tokens before the range. */
  private final double[] hazards = new double[NUM_RANGES];

  private final double[] sums = new double[NUM_RANGES];
  private boolean isStale = true;

  /** A request that might stop has generated its {@code length}-th token. */
  void onToken(int length) {
    int range = range(length);
    numTokens[range]++;
    isStale = true;
  }

  /** It was its last one. */
  void onStop(int length) {
    numStops[range(length)]++;
    totalStops++;
    if (totalStops >= FADE_STOPS) {
      fade();
    }
    isStale = true;
  }

  private void fade() {
    for (int i = 0; i < NUM_RANGES; i++) {
      numTokens[i] /= 2;
      numStops[i] /= 2;
    }
    totalStops /= 2;
  }

  static int range(int length) {
    if (length < RANGES) {
      return length;
    }
    int exponent = 31 - Integer.numberOfLeadingZeros(length);
    return (exponent - RANGE_BITS + 1) * RANGES
        + ((length >>> (exponent - RANGE_BITS)) & (RANGES - 1));
  }

  /** Shortest length of the range. */
  static long start(int range) {
    if (range < RANGES) {
      return range;
    }
    return (long) (RANGES + (range & (RANGES - 1))) << ((range >>> RANGE_BITS) - 1);
  }

  /** Takes in what has been observed; to be called before {@link #hazardUntil}. */
  void refresh() {
    if (!isStale) {
      return;
    }
    isStale = false;
    double sum = 0;
    for (int i = 0; i < NUM_RANGES; i++) {
      double assumed = ASSUMED_STOPS_PER_DOUBLING / (start(i) + ASSUMED_FROM);
      hazards[i] = (numStops[i] + ASSUMED_WEIGHT) / (numTokens[i] + ASSUMED_WEIGHT / assumed);
      sums[i] = sum;
      sum += hazards[i] * (start(i + 1) - start(i));
    }
  }

  /** Sum of the chances to stop at each of the first {@code length} tokens. */
  double hazardUntil(int length) {
    int range = range(length);
    return sums[range] + hazards[range] * (length - start(range));
  }

  /** Share of requests that go on while {@link #hazardUntil} grows by {@code hazard}, to 0.4 %. */
  static float survival(double hazard) {
    int i = (int) (hazard * EXP_STEPS_PER_UNIT + 0.5);
    return i < EXP.length ? EXP[i] : 0;
  }
}
