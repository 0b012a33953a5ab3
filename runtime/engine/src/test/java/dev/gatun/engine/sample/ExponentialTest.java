package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ExponentialTest {

  @Test
  void errorStaysWithinTheBoundItNames() {
    long seed = 1;
    System.out.println("ExponentialTest: seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    double worst = 0;
    for (int i = 0; i < 1_000_000; i++) {
      float score = (float) random.nextDouble(-30, 0);
      double exact = StrictMath.exp(score);
      double error = Math.abs(Exponential.weight(score, 0) - exact);
      worst = Math.max(worst, error / (Exponential.UNIT / 2 + 1.1e-7 * exact));
    }

    assertThat(worst).isLessThan(1);
  }

  @Test
  void weightsAreWholeNumbersOfTheUnit() {
    for (float score = -30; score <= 0; score += 0.001f) {
      double units = Exponential.weight(score, 0) / Exponential.UNIT;
      assertThat(units).as("score %s", score).isEqualTo(Math.rint(units));
    }
  }

  /** What lets a device add weights as it likes. */
  @Test
  void sumsDoNotDependOnTheOrderOfAdditions() {
    long seed = 2;
    System.out.println("ExponentialTest: seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[Exponential.EXACT_VOCABULARY];
    for (int id = 0; id < weights.length; id++) {
      weights[id] = Exponential.weight((float) -random.nextExponential(), 0);
    }
    double forwards = 0;
    double backwards = 0;
    for (int id = 0; id < weights.length; id++) {
      forwards += weights[id];
      backwards += weights[weights.length - 1 - id];
    }

    assertThat(forwards).isEqualTo(backwards);
    assertThat(forwards).isEqualTo(Exponential.sum(weights, 0, weights.length));
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
