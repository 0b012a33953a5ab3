package dev.gatun.engine.sample;

/**
 * The tokens that may still be drawn, as keys that order by descending logit and, among equals, by
 * ascending id. Filters select without sorting: expected time is linear in the vocabulary. Storage
 * for the whole vocabulary is claimed once. One thread at a time.
 */
final class Candidates {
  private final long[] keys;
  private int size;

  /** Candidates before the last filter; those that it dropped stand behind the others. */
  private int numFilled;

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

  /** All tokens whose weight is above zero and in this bucket of the histogram. */
  void fill(float[] logits, float[] weights, int bucket, int vocabSize) {
    size = 0;
    for (int id = 0; id < vocabSize; id++) {
      // Few tokens are, so the first test alone costs next to nothing.
      if (WeightHistogram.bucket(weights[id]) == bucket && weights[id] > 0) {
        keys[size++] = key(logits[id], id);
      }
    }
    numFilled = size;
  }

  /**
   * The {@code count} likeliest tokens, exactly: ties fall to the lowest ids. A heap with the least
   * likely candidate on top, so that almost every token of a large vocabulary costs one comparison.
   */
  void fillLikeliest(float[] logits, int count, int vocabSize) {
    size = 0;
    for (int id = 0; id < vocabSize; id++) {
      if (size < count) {
        if (logits[id] > Float.NEGATIVE_INFINITY) {
          siftUp(key(logits[id], id));
        }
      } else if (logits[id] > logits[tokenId(0)]) {
        siftDown(key(logits[id], id));
      }
    }
    numFilled = size;
  }

  private void siftUp(long key) {
    int place = size++;
    while (place > 0 && keys[(place - 1) / 2] < key) {
      keys[place] = keys[(place - 1) / 2];
      place = (place - 1) / 2;
    }
    keys[place] = key;
  }

  /** Replaces the top. */
  private void siftDown(long key) {
    int place = 0;
    int child = 1;
    while (child < size) {
      if (child + 1 < size && keys[child + 1] > keys[child]) {
        child++;
      }
      if (keys[child] <= key) {
        break;
      }
      keys[place] = keys[child];
      place = child;
      child = 2 * place + 1;
    }
    keys[place] = key;
  }

  /** Upper half: the logit, so mapped that larger floats are smaller ints. Lower half: the id. */
  private static long key(float logit, int id) {
    // Adding zero makes -0 and 0, which are equal, the same bits.
    int bits = Float.floatToRawIntBits(logit + 0f);
    int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    return ((long) ~ascending << 32) | id;
  }

  /**
   * Keeps the fewest likeliest tokens that together have the weight {@code target}; at least one.
   *
   * @param weights by token id
   */
  void keepMass(float[] weights, double target) {
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

  /** Sets the weights of those that {@link #keepMass} dropped to zero. */
  void clearDropped(float[] weights) {
    for (int i = size; i < numFilled; i++) {
      weights[tokenId(i)] = 0;
    }
  }

  /** Weight of all candidates. */
  double mass(float[] weights) {
    return mass(weights, 0, size);
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
