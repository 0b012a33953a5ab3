package dev.gatun.engine.sample;

/**
 * The tokens that may still be drawn, as keys that order by descending logit and, among equals, by
 * ascending id. Filters select without sorting: expected time is linear in the vocabulary. Storage
 * for the whole vocabulary is claimed once. One thread at a time.
 */
final class Candidates {
  private final long[] keys;
  private int size;

  Candidates(int vocabSize) {
    keys = new long[vocabSize];
  }

  int size() {
    return size;
  }

  /** Token id of the i-th candidate, in no particular order. */
  int tokenId(int i) {
    return (int) keys[i];
  }

  /** All tokens with a logit above minus infinity. */
  void fill(float[] logits, int vocabSize) {
    size = 0;
    for (int id = 0; id < vocabSize; id++) {
      if (logits[id] > Float.NEGATIVE_INFINITY) {
        keys[size++] = key(logits[id], id);
      }
    }
  }

  /** Upper half: the logit, so mapped that larger floats are smaller ints. Lower half: the id. */
  private static long key(float logit, int id) {
    // Adding zero makes -0 and 0, which are equal, the same bits.
    int bits = Float.floatToRawIntBits(logit + 0f);
    int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    return ((long) ~ascending << 32) | id;
  }

  /** Keeps the {@code count} likeliest, exactly: ties fall to the lowest ids. */
  void keepLikeliest(int count) {
    int low = 0;
    int high = size;
    while (count < size && high - low > 1) {
      int pivot = partition(low, high);
      if (pivot < count) {
        low = pivot + 1;
      } else {
        high = pivot;
      }
    }
    size = Math.min(size, count);
  }

  /**
   * Keeps the fewest likeliest tokens that together have {@code fraction} of the candidates'
   * weight; at least one.
   *
   * @param weights by token id
   */
  void keepMass(float[] weights, double fraction) {
    double target = fraction * mass(weights, 0, size);
    double massBelow = 0;
    int low = 0;
    int high = size;
    while (low < high) {
      int pivot = partition(low, high);
      double massToPivot = massBelow + mass(weights, low, pivot);
      if (massToPivot >= target && pivot > low) {
        high = pivot;
      } else {
        massBelow = massToPivot + weights[tokenId(pivot)];
        low = pivot + 1;
        if (massBelow >= target) {
          break;
        }
      }
    }
    size = low;
  }

  private double mass(float[] weights, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += weights[tokenId(i)];
    }
    return sum;
  }

  /** Moves a key of [low, high) to its sorted place: smaller ones before, larger ones after. */
  private int partition(int low, int high) {
    int last = high - 1;
    int middle = (low + last) >>> 1;
    order(low, middle);
    order(middle, last);
    order(low, middle);
    long pivot = keys[middle];
    swap(middle, last);
    int place = low;
    for (int i = low; i < last; i++) {
      if (keys[i] < pivot) {
        swap(i, place++);
      }
    }
    swap(place, last);
    return place;
  }

  private void order(int i, int j) {
    if (keys[i] > keys[j]) {
      swap(i, j);
    }
  }

  private void swap(int i, int j) {
    long key = keys[i];
    keys[i] = keys[j];
    keys[j] = key;
  }
}
