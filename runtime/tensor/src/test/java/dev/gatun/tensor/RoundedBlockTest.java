package dev.gatun.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class RoundedBlockTest {
  private static Tensor weight(float... values) {
    Tensor tensor = Tensor.onHost(DType.F32, Shape.of(1, values.length));
    tensor.writeFloats(0, 0, values, 0, values.length);
    return tensor;
  }

  private static float[] round(WeightFormat format, float... values) {
    float[] row = new float[values.length];
    new RoundedBlock(weight(values), format).readRow(0, row);
    return row;
  }

  @Test
  void whatLiesOnStepsStaysAsItIs() {
    assertThat(round(WeightFormat.INT8, 127, -127, 0, 1, -64))
        .containsExactly(127, -127, 0, 1, -64);
    assertThat(round(WeightFormat.INT4, -5, 10, 0, 3)).containsExactly(-5, 10, 0, 3);
    assertThat(round(WeightFormat.INT4, 7.5f, 0, 3.5f)).containsExactly(7.5f, 0, 3.5f);
  }

  @Test
  void nothingStaysNothing() {
    assertThat(round(WeightFormat.INT8, 0, 0)).containsExactly(0, 0);
    assertThat(round(WeightFormat.INT4, 0, 0)).containsExactly(0, 0);
    assertThat(round(WeightFormat.INT4, Float.MIN_VALUE, 0)).containsExactly(0, 0);
  }

  /** Half a step, and what rounding the scale to BF16 takes from the ends of the range. */
  @Test
  void int8IsOffByHalfAStep() {
    long seed = 11;
    System.out.println("RoundedBlockTest: seed " + seed);
    Random random = new Random(seed);
    float[] values = new float[300];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }

    float[] rounded = round(WeightFormat.INT8, values);

    for (int i = 0; i < values.length; i++) {
      float largest = 0;
      for (int j = i / 128 * 128; j < Math.min(values.length, i / 128 * 128 + 128); j++) {
        largest = Math.max(largest, Math.abs(values[j]));
      }
      assertThat(rounded[i]).isCloseTo(values[i], within(largest / 127 * 0.76f));
    }
  }

  /** One far value: nine tenths of the range cost it a little and serve all the others. */
  @Test
  void int4GivesUpTheEndOfARangeForTheRest() {
    float[] values = new float[32];
    for (int i = 0; i < 31; i++) {
      values[i] = i % 2 == 0 ? 4.5f : 0;
    }
    values[31] = 15;

    float[] rounded = round(WeightFormat.INT4, values);

    assertThat(rounded[0]).isCloseTo(4.5f, within(0.01f));
    assertThat(rounded[31]).isCloseTo(13.5f, within(0.1f));
  }

  @Test
  void onlyFloatsAreRoundedAndOnlyToIntegers() {
    Tensor ints = Tensor.onHost(DType.I32, Shape.of(2, 2));

    assertThatThrownBy(() -> new RoundedBlock(ints, WeightFormat.INT8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("I32[2, 2]");
    assertThatThrownBy(() -> new RoundedBlock(weight(1), WeightFormat.BF16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("BF16");
  }
}
