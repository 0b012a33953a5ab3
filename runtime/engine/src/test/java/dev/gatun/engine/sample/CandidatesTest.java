package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class CandidatesTest {

  private static List<Integer> ids(Candidates candidates) {
    return IntStream.range(0, candidates.size()).mapToObj(candidates::tokenId).sorted().toList();
  }

  /** Coarse values, so that there are ties. */
  private static float[] logits(SplittableRandom random, int size) {
    float[] logits = new float[size];
    for (int i = 0; i < size; i++) {
      logits[i] = (random.nextInt(21) - 10) / 4f;
    }
    return logits;
  }

  private static List<Integer> sorted(float[] logits) {
    Comparator<Integer> byLogit = Comparator.comparingDouble(id -> -logits[id]);
    return IntStream.range(0, logits.length)
        .boxed()
        .sorted(byLogit.thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  @Test
  void keepsTheLikeliestAsSortingWould() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      float[] logits = logits(random, random.nextInt(1, 60));
      int count = random.nextInt(1, 70);
      Candidates candidates = new Candidates(logits.length);

      candidates.fillLikeliest(logits, count, logits.length);

      List<Integer> expected = sorted(logits).stream().limit(count).sorted().toList();
      assertThat(ids(candidates)).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void keepsTheMassAsSortingWould() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      float[] logits = logits(random, random.nextInt(1, 60));
      float[] weights = new float[logits.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) Math.exp(logits[i]);
      }
      double fraction = random.nextDouble(0.01, 0.99);
      Candidates candidates = new Candidates(logits.length);
      candidates.fill(logits, weights, Float.MIN_VALUE, logits.length);

      candidates.keepMass(weights, fraction * candidates.mass(weights));

      double total = 0;
      for (float weight : weights) {
        total += weight;
      }
      double sum = 0;
      int count = 0;
      List<Integer> sorted = sorted(logits);
      while (sum < fraction * total) {
        sum += weights[sorted.get(count++)];
      }
      List<Integer> expected = sorted.stream().limit(count).sorted().toList();
      assertThat(ids(candidates)).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void leavesOutMaskedTokensAndTakesZerosAsEqual() {
    float[] logits = {-0f, Float.NEGATIVE_INFINITY, 0f, -1f};
    Candidates candidates = new Candidates(4);

    candidates.fillLikeliest(logits, 4, 4);
    assertThat(ids(candidates)).containsExactly(0, 2, 3);
    candidates.fillLikeliest(logits, 1, 4);
    assertThat(ids(candidates)).containsExactly(0);
  }

  @Test
  void leavesOutTokensBelowTheWeight() {
    Candidates candidates = new Candidates(3);

    candidates.fill(new float[] {1, 2, 3}, new float[] {0.1f, 0.2f, 0.3f}, 0.2f, 3);

    assertThat(ids(candidates)).containsExactly(1, 2);
  }

  @Test
  void keepsOneTokenHoweverSmallTheFraction() {
    float[] logits = {1, 2, 3};
    float[] weights = {0.1f, 0.2f, 0.3f};
    Candidates candidates = new Candidates(3);
    candidates.fill(logits, weights, 0.1f, 3);

    candidates.keepMass(weights, 1e-9);

    assertThat(ids(candidates)).containsExactly(2);
  }
}
