package dev.gatun.engine.sample;

import java.util.Arrays;

/**
 * Mass of weights in (0, 1] by size: a bucket per power of two and the six bits that follow, so 1.6
 * per cent wide. One pass over the vocabulary finds the bucket in which a given mass is reached,
 * where sorting or selecting would move every token. One thread at a time.
 */
final class WeightHistogram {
  private static final int SHIFT = 17;
  private static final int NUM_BUCKETS = (Float.floatToRawIntBits(1f) >>> SHIFT) + 1;

  private final double[] mass = new double[NUM_BUCKETS];

  /** Replaces what was counted before. */
  void fill(float[] weights, int vocabSize) {
    Arrays.fill(mass, 0);
    for (int id = 0; id < vocabSize; id++) {
      mass[bucket(weights[id])] += weights[id];
    }
  }

  /** Bucket of a weight, also of zero. */
  static int bucket(float weight) {
    return Float.floatToRawIntBits(weight) >>> SHIFT;
  }

  /** The bucket in which the heaviest tokens together reach the mass; the lightest if none does. */
  int bucketOfMass(double target) {
    int bucket = NUM_BUCKETS - 1;
    double sum = mass[bucket];
    while (bucket > 0 && sum < target) {
      sum += mass[--bucket];
    }
    return bucket;
  }

  double massAbove(int bucket) {
    double sum = 0;
    for (int i = NUM_BUCKETS - 1; i > bucket; i--) {
      sum += mass[i];
    }
    return sum;
  }

  /** Lower bound of a bucket; never zero, which is the weight of what cannot be drawn. */
  static float lowestWeight(int bucket) {
    return Math.max(Float.intBitsToFloat(bucket << SHIFT), Float.MIN_VALUE);
  }
}
