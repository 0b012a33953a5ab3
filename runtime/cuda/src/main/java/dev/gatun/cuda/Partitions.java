package dev.gatun.cuda;

/**
 * The parts into which attention cuts a context; see {@code args.h}. Their borders depend on
 * positions alone.
 */
final class Partitions {
  private static final int LEAST_LENGTH = 256;

  private Partitions() {}

  /** Parts of a context of so many tokens. */
  static int count(int contextLen) {
    if (contextLen < 1) {
      return 1;
    }
    int position = contextLen - 1;
    int doublings = 0;
    while (position >= (32L * LEAST_LENGTH) << doublings) {
      doublings++;
    }
    return position / (LEAST_LENGTH << doublings) + 16 * doublings + 1;
  }

  /** The next power of two, so that few different numbers occur. */
  static int bucket(int contextLen) {
    int count = count(contextLen);
    return count <= 1 ? 1 : Integer.highestOneBit(count - 1) << 1;
  }
}
