package dev.gatun.tensor.contract;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** {@link dev.gatun.tensor.TokenSampler} by sorting, in double. */
final class NaiveSampling {
  private NaiveSampling() {}

  /**
   * @param id the token
   * @param weight relative to the likeliest
   */
  record Candidate(int id, double score, double weight) {}

  /** Scores of a row: its mask, what is added, then the penalties. */
  static float[] scores(SampledRow row) {
    float[] scores = row.logits.clone();
    for (int id = 0; id < scores.length; id++) {
      boolean isAllowed = row.mask == null || (row.mask[id / 64] >>> id & 1) != 0;
      scores[id] = isAllowed ? scores[id] + row.shifts[id] : Float.NEGATIVE_INFINITY;
      if (row.counts[id] >= 0) {
        scores[id] = scores[id] > 0 ? scores[id] / row.repetition : scores[id] * row.repetition;
      }
      if (row.counts[id] > 0) {
        scores[id] -= row.counts[id] * row.frequency;
        scores[id] -= row.presence;
      }
    }
    return scores;
  }

  /** Tokens that may be drawn, the likeliest first. */
  static List<Candidate> candidates(SampledRow row, float[] scores) {
    List<Candidate> all = new ArrayList<>();
    for (int id = 0; id < scores.length; id++) {
      if (scores[id] > Float.NEGATIVE_INFINITY) {
        all.add(
            new Candidate(id, row.temperature == 0 ? scores[id] : scores[id] / row.temperature, 0));
      }
    }
    all.sort(
        Comparator.comparingDouble(Candidate::score).reversed().thenComparingInt(Candidate::id));
    if (row.topK > 0 && row.topK < all.size()) {
      all = all.subList(0, row.topK);
    }
    double largest = all.isEmpty() ? 0 : all.getFirst().score();
    all = new ArrayList<>(all);
    all.replaceAll(c -> new Candidate(c.id(), c.score(), Math.exp(c.score() - largest)));
    double target = row.topP * all.stream().mapToDouble(Candidate::weight).sum();
    double sum = 0;
    int kept = 0;
    while (kept < all.size() && (row.topP == 1 || kept == 0 || sum < target)) {
      sum += all.get(kept++).weight();
    }
    return all.subList(0, kept).stream().filter(c -> c.weight() >= row.minP).toList();
  }

  /** SplitMix64's finaliser of the seed, then of seed and index; 53 bits. */
  static double uniform(long seed, long index) {
    long gamma = 0x9e3779b97f4a7c15L;
    return (mixed(mixed(seed + gamma) + (index + 1) * gamma) >>> 11) * 0x1.0p-53;
  }

  private static long mixed(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
