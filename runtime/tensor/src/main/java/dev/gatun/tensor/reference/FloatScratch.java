package dev.gatun.tensor.reference;

import dev.gatun.tensor.Tensor;

/**
 * A float array that is reused from call to call. It grows to the next power of two above the
 * largest need, so after warm-up an op allocates nothing. One thread at a time.
 */
final class FloatScratch {
  private float[] floats = new float[0];

  /** At least {@code length} floats with whatever the last user left in them. */
  float[] atLeast(int length) {
    if (floats.length < length) {
      int highestBit = Integer.highestOneBit(length);
      floats = new float[length < 1 << 30 ? highestBit * 2 : length];
    }
    return floats;
  }

  /** The elements of a vector, widened to float32. */
  float[] copyOf(Tensor vector) {
    int length = vector.numRows();
    float[] copy = atLeast(length);
    for (int i = 0; i < length; i++) {
      copy[i] = vector.getFloat(i, 0);
    }
    return copy;
  }
}
