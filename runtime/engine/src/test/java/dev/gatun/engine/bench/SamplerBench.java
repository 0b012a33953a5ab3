package dev.gatun.engine.bench;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.sample.LogprobScorer;
import dev.gatun.engine.sample.Sampler;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;

/**
 * Time of one token on the engine thread with a vocabulary of 152,064, by kind of sampling. Rows
 * are of two kinds: {@code peaked}, normal logits of deviation 3 with some far above, as trained
 * models give, and {@code flat}, of deviation 0.5, where no filter can drop much. Prints medians
 * over rounds in microseconds. Run with the module's class path: {@code java -cp ...
 * dev.gatun.engine.bench.SamplerBench [rounds] [tokens per round]}.
 */
public final class SamplerBench {
  private static final int VOCAB_SIZE = 152_064;
  private static final int NUM_ROWS = 16;
  private static final int WARM_UP_ROUNDS = 5;

  private SamplerBench() {}

  /** Runs every kind on both kinds of rows. */
  public static void main(String[] args) {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 15;
    int tokens = args.length > 1 ? Integer.parseInt(args[1]) : 64;
    Sampler sampler = new Sampler(VOCAB_SIZE, new int[0]);
    LogprobScorer scorer = new LogprobScorer(VOCAB_SIZE);
    float[][] peaked = rows(3, true);
    float[][] flat = rows(0.5, false);
    System.out.printf("vocabulary %d, microseconds per token%n", VOCAB_SIZE);
    System.out.printf("%-24s %10s %10s%n", "kind", "peaked", "flat");
    for (Map.Entry<String, SamplingParams> kind : kinds().entrySet()) {
      double onPeaked = median(rounds, tokens, sampling(sampler, kind.getValue(), peaked));
      double onFlat = median(rounds, tokens, sampling(sampler, kind.getValue(), flat));
      System.out.printf("%-24s %10.0f %10.0f%n", kind.getKey(), onPeaked, onFlat);
    }
    double onPeaked = median(rounds, tokens, scoring(scorer, peaked));
    double onFlat = median(rounds, tokens, scoring(scorer, flat));
    System.out.printf("%-24s %10.0f %10.0f%n", "logprobs 5", onPeaked, onFlat);
  }

  private static Map<String, SamplingParams> kinds() {
    Map<String, SamplingParams> kinds = new LinkedHashMap<>();
    kinds.put("greedy", builder().temperature(0).build());
    kinds.put("temperature 1", builder().build());
    kinds.put("temperature 0.7", builder().temperature(0.7f).build());
    kinds.put("top-p 0.9", builder().topP(0.9f).build());
    kinds.put("top-k 50", builder().topK(50).build());
    kinds.put("top-k 50, top-p 0.9", builder().topK(50).topP(0.9f).build());
    kinds.put("min-p 0.05", builder().minP(0.05f).build());
    return kinds;
  }

  private static SamplingParamsBuilder builder() {
    return SamplingParams.builder().maxTokens(1 << 20);
  }

  private static IntUnaryOperator sampling(
      Sampler sampler, SamplingParams sampling, float[][] rows) {
    int[] tokenIds = new int[1];
    return i -> sampler.sample(rows[i % NUM_ROWS], sampling, tokenIds, 1, 1, i);
  }

  private static IntUnaryOperator scoring(LogprobScorer scorer, float[][] rows) {
    return i -> scorer.score(rows[i % NUM_ROWS], i, 5).rank();
  }

  private static float[][] rows(double deviation, boolean hasPeaks) {
    SplittableRandom random = new SplittableRandom(1);
    float[][] rows = new float[NUM_ROWS][VOCAB_SIZE];
    for (float[] row : rows) {
      for (int id = 0; id < VOCAB_SIZE; id++) {
        row[id] = (float) (deviation * random.nextGaussian());
      }
      for (int peak = 0; hasPeaks && peak < 40; peak++) {
        row[random.nextInt(VOCAB_SIZE)] = (float) random.nextDouble(12, 22);
      }
    }
    return rows;
  }

  /** Median over rounds of the mean time of a token, microseconds. */
  private static double median(int rounds, int tokens, IntUnaryOperator operation) {
    double[] micros = new double[rounds];
    long sum = 0;
    for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < tokens; i++) {
        sum += operation.applyAsInt(i);
      }
      if (round >= 0) {
        micros[round] = (System.nanoTime() - start) / 1e3 / tokens;
      }
    }
    if (sum == Long.MIN_VALUE) {
      throw new AssertionError("the results are used, so that they are computed");
    }
    Arrays.sort(micros);
    return micros[rounds / 2];
  }
}
