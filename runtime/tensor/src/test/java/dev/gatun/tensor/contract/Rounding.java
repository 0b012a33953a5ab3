package dev.gatun.tensor.contract;

import dev.gatun.tensor.DType;

/** Rounding to the storage types and the size of its error. */
final class Rounding {
  /** Unit roundoff of float32: the relative error of one operation. */
  static final double F32_ROUNDOFF = 0x1p-24;

  private Rounding() {}

  /** Unit roundoff of a type: half the distance from 1 to the next number. */
  static double roundoff(DType dtype) {
    return switch (dtype) {
      case F32 -> F32_ROUNDOFF;
      case F16 -> 0x1p-11;
      case BF16 -> 0x1p-8;
      case BOOL, U8, I8, I16, I32, I64, F8_E4M3, F64 ->
          throw new IllegalArgumentException("no activation is " + dtype);
    };
  }

  /** The nearest number of the type, the even one of two. */
  static float round(DType dtype, float value) {
    return switch (dtype) {
      case F32 -> value;
      case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
      case BF16 -> nearestBf16(value);
      case F8_E4M3 -> nearestE4m3(value);
      case BOOL, U8, I8, I16, I32, I64, F64 ->
          throw new IllegalArgumentException("no float is " + dtype);
    };
  }

  /** By the size of a step, 2^-9 at least, of which numbers are whole multiples. */
  private static float nearestE4m3(float value) {
    int exponent = Math.max(Math.getExponent(value), -6);
    double step = Math.scalb(1.0, exponent - 3);
    return (float) Math.clamp(Math.rint(value / step) * step, -448, 448);
  }

  /**
   * A head to whole multiples of a 127th of its largest element. Rounding again changes nothing but
   * the last bit.
   */
  static void roundToBytes(float[] values, int from, int length) {
    float largest = 0;
    for (int i = from; i < from + length; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    float scale = largest / 127;
    for (int i = from; i < from + length && scale > 0; i++) {
      values[i] = Math.round(values[i] / scale) * scale;
    }
  }

  /** By distance to the two neighbours, not by the usual bit trick, which is under test. */
  private static float nearestBf16(float value) {
    int below = Float.floatToRawIntBits(value) & 0xffff0000;
    float low = Float.intBitsToFloat(below);
    float high = Float.intBitsToFloat(below + 0x10000);
    double toLow = Math.abs((double) value - low);
    double toHigh = Math.abs((double) high - value);
    if (toLow == toHigh) {
      return (below & 0x10000) == 0 ? low : high;
    }
    return toLow < toHigh ? low : high;
  }
}
