package dev.gatun.tensor.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReferenceActivationsTest {
  /** Values from tables of erf, 15 digits. */
  @ParameterizedTest
  @CsvSource({
    "0.1, 0.112462916018285",
    "0.5, 0.520499877813047",
    "1.0, 0.842700792949715",
    "2.0, 0.995322265018953",
    "3.5, 0.999999256901628",
    "5.5, 0.999999999999993",
  })
  void erfMatchesTables(double x, double expected) {
    assertThat(ReferenceActivations.erf(x)).isCloseTo(expected, within(1e-14));
    assertThat(ReferenceActivations.erf(-x)).isCloseTo(-expected, within(1e-14));
  }

  @Test
  void erfSaturatesAndKeepsNan() {
    assertThat(ReferenceActivations.erf(0)).isZero();
    assertThat(ReferenceActivations.erf(6)).isEqualTo(1);
    assertThat(ReferenceActivations.erf(Double.NEGATIVE_INFINITY)).isEqualTo(-1);
    assertThat(ReferenceActivations.erf(Double.NaN)).isNaN();
  }
}
