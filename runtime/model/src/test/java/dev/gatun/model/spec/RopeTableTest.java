package dev.gatun.model.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

final class RopeTableTest {
  /** Rounding of transformers' float32 arithmetic. */
  private static final Percentage FLOAT_ROUNDING = Percentage.withPercentage(1e-4);

  private static void assertFrequencies(double[] actual, double... expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as("frequency %d", i).isCloseTo(expected[i], FLOAT_ROUNDING);
    }
  }

  @Test
  void unscaledFrequenciesFallByPowersOfTheta() {
    RopeSpec rope = new RopeSpec(10_000, new RopeScaling.None());

    assertFrequencies(RopeTable.frequencies(rope, 8), 1, 0.1, 0.01, 0.001);
  }

  /** Expected values from transformers' rope functions with the same parameters. */
  @Test
  void linearScalingIsThatOfTransformers() {
    RopeSpec rope = new RopeSpec(10_000, new RopeScaling.Linear(4));

    assertFrequencies(
        RopeTable.frequencies(rope, 16),
        0.25,
        0.07905694097280502,
        0.02500000037252903,
        0.007905694656074047,
        0.0024999999441206455,
        0.0007905694656074047,
        0.0002500000118743628,
        7.905694656074047e-05);
  }

  /** As above; the second and third frequencies lie in the smooth part. */
  @Test
  void llama3ScalingIsThatOfTransformers() {
    RopeSpec rope = new RopeSpec(500_000, new RopeScaling.Llama3(8, 1, 4, 64));

    assertFrequencies(
        RopeTable.frequencies(rope, 16),
        1.0,
        0.07940301299095154,
        0.004700753837823868,
        0.0009115831344388425,
        0.00017677668074611574,
        3.428102354519069e-05,
        6.647869668086059e-06,
        1.289173155782919e-06);
  }

  @Test
  void rowsHoldCosinesThenSines() {
    RopeSpec rope = new RopeSpec(10_000, new RopeScaling.None());

    Tensor table = RopeTable.build(rope, 4, 1000);

    assertThat(table.dtype()).isEqualTo(DType.F32);
    assertThat(table.shape()).isEqualTo(Shape.of(1000, 4));
    assertThat(table.data().byteSize()).isEqualTo(RopeTable.bytes(4, 1000));
    for (int position : new int[] {0, 1, 999}) {
      assertThat(table.getFloat(position, 0)).isEqualTo((float) Math.cos(position));
      assertThat(table.getFloat(position, 1))
          .isCloseTo((float) Math.cos(position * 0.01), within(1e-7f));
      assertThat(table.getFloat(position, 2)).isEqualTo((float) Math.sin(position));
      assertThat(table.getFloat(position, 3))
          .isCloseTo((float) Math.sin(position * 0.01), within(1e-7f));
    }
  }

  @Test
  void sizeInBytesDoesNotOverflow() {
    assertThat(RopeTable.bytes(128, 1 << 24)).isEqualTo(128L * (1 << 24) * 4);
  }

  @Test
  void refusesThetaThatIsNotPositive() {
    RopeScaling none = new RopeScaling.None();
    assertThatThrownBy(() -> new RopeSpec(0, none)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new RopeSpec(Double.NaN, none))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
