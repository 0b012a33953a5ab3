package dev.gatun.engine.sample;

/**
 * Random numbers that are a function of seed and counter, with no state in between: the n-th output
 * token of a request draws the same number whether or not the request was batched, preempted or
 * recomputed. SplitMix64's finaliser, applied to the seed and then to seed and counter, so that
 * neighbouring seeds do not share shifted streams.
 */
public final class CounterRandom {
  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private CounterRandom() {}

  /** 64 uniform bits. */
  public static long bits(long seed, long counter) {
    return mix(mix(seed + GOLDEN_GAMMA) + (counter + 1) * GOLDEN_GAMMA);
  }

  /** Uniform in [0, 1), 53 bits. */
  public static double uniform(long seed, long counter) {
    return (bits(seed, counter) >>> 11) * 0x1.0p-53;
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
