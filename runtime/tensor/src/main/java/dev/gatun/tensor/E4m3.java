package dev.gatun.tensor;

/**
 * 8-bit floats of 4 bits of exponent and 3 of mantissa, as OCP's E4M3 and safetensors' F8_E4M3: at
 * most 448 in magnitude, no infinity, all ones is NaN. Steps below 2^-6 are 2^-9.
 */
public final class E4m3 {
  /** The largest number. */
  public static final float MAX = 448;

  private static final float[] VALUES = new float[256];

  static {
    for (int bits = 0; bits < VALUES.length; bits++) {
      VALUES[bits] = widen(bits);
    }
  }

  private E4m3() {}

  private static float widen(int bits) {
    int exponent = bits >> 3 & 15;
    int mantissa = bits & 7;
    float magnitude =
        exponent == 0 ? mantissa * 0x1p-9f : (8 + mantissa) * Math.scalb(1f, exponent - 10);
    if ((bits & 0x7f) == 0x7f) {
      magnitude = Float.NaN;
    }
    return bits < 0x80 ? magnitude : -magnitude;
  }

  /** Widens one, exactly. */
  public static float toFloat(byte bits) {
    return VALUES[bits & 0xff];
  }

  /** True for the two patterns that are no number. */
  public static boolean isNan(byte bits) {
    return (bits & 0x7f) == 0x7f;
  }

  /** The nearest one, the even one of two; what is beyond 448, infinity too, becomes 448. */
  public static byte of(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 24 & 0x80;
    if (Float.isNaN(value)) {
      return (byte) (sign | 0x7f);
    }
    float magnitude = Math.min(Math.abs(value), MAX);
    // Steps of a binade are an eighth of its least number, and those of the lowest the same below.
    int exponent = Math.max(Math.getExponent(magnitude), -6);
    int steps = (int) Math.rint(Math.scalb(magnitude, 3 - exponent));
    return (byte) (sign | ((exponent + 6) << 3) + steps);
  }
}
