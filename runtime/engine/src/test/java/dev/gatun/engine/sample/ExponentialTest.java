package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ExponentialTest {

  @Test
  void relativeErrorStaysWithinTheBoundItNames() {
    long seed = 1;
    System.out.println("ExponentialTest: seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    double worst = 0;
    for (int i = 0; i < 1_000_000; i++) {
      // Below -87 floats lose digits of their own.
      float score = (float) random.nextDouble(-87, 0);
      double exact = StrictMath.exp(score);
      worst = Math.max(worst, Math.abs(Exponential.weight(score, 0) - exact) / exact);
    }

    assertThat(worst).isLessThan(1.1e-7);
  }

  @Test
  void tinyWeightsAreWithinTheSmallestFloat() {
    for (float score = -105; score < -87; score += 0.01f) {
      assertThat((double) Exponential.weight(score, 0))
          .isCloseTo(StrictMath.exp(score), within((double) Float.MIN_VALUE));
    }
  }

  @Test
  void likeliestTokenHasWeightOneAndMaskedTokensHaveNone() {
    assertThat(Exponential.weight(12.5f, 12.5f)).isEqualTo(1);
    assertThat(Exponential.weight(Float.NEGATIVE_INFINITY, 3)).isZero();
    assertThat(Exponential.weight(-3e38f, 3e38f)).isZero();
  }

  @Test
  void weighsAndSumsTheRangeAlone() {
    float[] weights = {9, 9, 9, 9, 9, 9, 9};

    Exponential.weigh(new float[7], 0, weights, 1, 6);

    assertThat(weights).containsExactly(9, 1, 1, 1, 1, 1, 9);
    for (int to = 0; to <= 5; to++) {
      assertThat(Exponential.sum(weights, 1, 1 + to)).isEqualTo(to);
    }
  }
}
