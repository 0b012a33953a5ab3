package dev.gatun.engine.loop;

/**
 * Predicts how long a request waits for its turn: the number of requests before it times the mean
 * time between two running requests that end while others wait. Times without a queue say nothing
 * about how fast the engine could be, so they do not count. Written by the engine thread, read by
 * any.
 */
final class QueueDelay {
  /** Ends that have to be seen before anything is predicted. */
  static final int MIN_SAMPLES = 16;

  /** An end counts half after about 90 others. */
  private static final double KEPT = 1 - 1.0 / 128;

  // The engine thread's own.
  private boolean wasQueued;
  private long lastNanos;
  private int numSamples;
  private double weight;
  private double weightedNanos;

  /** Mean time between two ends; 0 as long as too few have been seen. */
  private volatile double meanNanos;

  /**
   * A running request has ended. Engine thread.
   *
   * @param isQueued whether others waited for its place
   */
  void placeLeft(long nowNanos, boolean isQueued) {
    if (isQueued && wasQueued) {
      weight = weight * KEPT + 1;
      weightedNanos = weightedNanos * KEPT + (nowNanos - lastNanos);
      numSamples = Math.min(numSamples + 1, MIN_SAMPLES);
      if (numSamples == MIN_SAMPLES) {
        meanNanos = weightedNanos / weight;
      }
    }
    wasQueued = isQueued;
    lastNanos = nowNanos;
  }

  /** Time until a place is free for a request behind {@code numWaiting}; 0 if nothing is known. */
  long expectedNanos(int numWaiting) {
    return (long) (meanNanos * numWaiting);
  }
}
