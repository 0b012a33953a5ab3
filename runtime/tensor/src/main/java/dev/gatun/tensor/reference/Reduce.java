package dev.gatun.tensor.reference;

/**
 * Sums in a fixed order. Element i goes to accumulator i mod 8, the eight are added as a tree, and
 * what is left of a multiple of eight is added last: the order depends on the length alone, and
 * eight independent chains let the processor overlap the additions.
 */
final class Reduce {
  private Reduce() {}

  static float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    float s4 = 0;
    float s5 = 0;
    float s6 = 0;
    float s7 = 0;
    int i = 0;
    for (; i + 7 < length; i += 8) {
      s0 += a[aOffset + i] * b[bOffset + i];
      s1 += a[aOffset + i + 1] * b[bOffset + i + 1];
      s2 += a[aOffset + i + 2] * b[bOffset + i + 2];
      s3 += a[aOffset + i + 3] * b[bOffset + i + 3];
      s4 += a[aOffset + i + 4] * b[bOffset + i + 4];
      s5 += a[aOffset + i + 5] * b[bOffset + i + 5];
      s6 += a[aOffset + i + 6] * b[bOffset + i + 6];
      s7 += a[aOffset + i + 7] * b[bOffset + i + 7];
    }
    float rest = 0;
    for (; i < length; i++) {
      rest += a[aOffset + i] * b[bOffset + i];
    }
    return (((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))) + rest;
  }

  /** Plain left-to-right; in double, because a row's mean is subtracted from all of it. */
  static float sum(float[] values, int offset, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += values[offset + i];
    }
    return (float) sum;
  }
}
