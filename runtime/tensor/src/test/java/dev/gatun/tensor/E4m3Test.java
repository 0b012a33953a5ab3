package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class E4m3Test {
  private static final long SEED = 11;

  @Test
  void numbersAreThoseOfTheFormat() {
    assertThat(E4m3.toFloat((byte) 0x00)).isEqualTo(0f);
    assertThat(E4m3.toFloat((byte) 0x01)).isEqualTo(0x1p-9f);
    assertThat(E4m3.toFloat((byte) 0x08)).isEqualTo(0x1p-6f);
    assertThat(E4m3.toFloat((byte) 0x38)).isEqualTo(1f);
    assertThat(E4m3.toFloat((byte) 0xba)).isEqualTo(-1.25f);
    assertThat(E4m3.toFloat((byte) 0x7e)).isEqualTo(448f);
    assertThat(E4m3.toFloat((byte) 0x7f)).isNaN();
    assertThat(E4m3.toFloat((byte) 0xff)).isNaN();
  }

  @Test
  void everyNumberComesBack() {
    for (int bits = 0; bits < 256; bits++) {
      byte code = (byte) bits;
      assertThat(E4m3.of(E4m3.toFloat(code))).as("bits %x", bits).isEqualTo(canonical(code));
    }
  }

  /** One pattern of NaN is enough, and its sign is lost on the way through a float. */
  private static byte canonical(byte code) {
    return E4m3.isNan(code) ? E4m3.of(E4m3.toFloat(code)) : code;
  }

  /** By distance to all numbers there are, not by any trick. */
  @Test
  void roundsToTheNearestAndOfTwoToTheEvenOne() {
    Random random = new Random(SEED);
    for (int i = 0; i < 20_000; i++) {
      float value = (float) Math.scalb(random.nextDouble(-1, 1), random.nextInt(-14, 10));
      check(value);
    }
    for (int bits = 0; bits < 0x7e; bits++) {
      float middle = (E4m3.toFloat((byte) bits) + E4m3.toFloat((byte) (bits + 1))) / 2;
      assertThat(E4m3.of(middle) & 1).as("between %x and its neighbour", bits).isZero();
      check(Math.nextUp(middle));
      check(Math.nextDown(middle));
    }
  }

  private static void check(float value) {
    double distance = Math.abs(E4m3.toFloat(E4m3.of(value)) - (double) value);
    for (int bits = 0; bits < 256; bits++) {
      double other = Math.abs(E4m3.toFloat((byte) bits) - (double) value);
      assertThat(other < distance).as("%s is nearer to bits %x", value, bits).isFalse();
    }
  }

  @Test
  void whatIsTooLargeBecomesTheLargest() {
    assertThat(E4m3.toFloat(E4m3.of(1e9f))).isEqualTo(448f);
    assertThat(E4m3.toFloat(E4m3.of(Float.NEGATIVE_INFINITY))).isEqualTo(-448f);
    assertThat(E4m3.of(Float.NaN)).isEqualTo((byte) 0x7f);
  }
}
