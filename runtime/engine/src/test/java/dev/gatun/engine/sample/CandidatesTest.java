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
        // All in one bucket: other sizes are the histogram's affair.
        weights[i] = 0.5f + (logits[i] + 5) * 1e-4f;
      }
      double fraction = random.nextDouble(0.01, 0.99);
      Candidates candidates = new Candidates(logits.length);
      candidates.fill(logits, weights, WeightHistogram.bucket(0.5f), logits.length);

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
  void takesTheTokensOfOneBucketAndNoneThatCannotBeDrawn() {
    float[] logits = {1, 2, 3, 4};
    float[] weights = {0, 0.2f, 0.3f, Float.MIN_VALUE};
    Candidates candidates = new Candidates(4);

    candidates.fill(logits, weights, WeightHistogram.bucket(0.2f), 4);
    assertThat(ids(candidates)).containsExactly(1);
    candidates.fill(logits, weights, 0, 4);
    assertThat(ids(candidates)).containsExactly(3);
  }

  @Test
  void clearsTheWeightsThatTheFilterDropped() {
    float[] weights = {0.501f, 0.502f, 0.503f, 0.1f};
    Candidates candidates = new Candidates(4);
    candidates.fill(new float[] {1, 2, 3, -1}, weights, WeightHistogram.bucket(0.5f), 4);

    candidates.keepMass(weights, 0.6);
    candidates.clearDropped(weights);

    assertThat(weights).containsExactly(0, 0.502f, 0.503f, 0.1f);
  }

  @Test
  void keepsOneTokenHoweverSmallTheFraction() {
    float[] logits = {1, 2, 3};
    float[] weights = {0.501f, 0.502f, 0.503f};
    Candidates candidates = new Candidates(3);
    candidates.fill(logits, weights, WeightHistogram.bucket(0.5f), 3);

    candidates.keepMass(weights, 1e-9);

    assertThat(ids(candidates)).containsExactly(2);
  }
}
