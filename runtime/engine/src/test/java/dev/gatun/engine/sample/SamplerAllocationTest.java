package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenRules;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A token costs no allocation, whatever its request asks for. */
final class SamplerAllocationTest {
  private static final int VOCAB_SIZE = 2_000;
  private static final int NUM_PROMPT_TOKENS = 8;
  private static final int NUM_TOKENS = 200;

  @Test
  void everyProcessorAndFilterRunsInClaimedStorage() {
    float[] logits = new float[VOCAB_SIZE];
    SplittableRandom random = new SplittableRandom(1);
    for (int id = 0; id < VOCAB_SIZE; id++) {
      logits[id] = (float) (3 * random.nextGaussian());
    }
    TokenRules rules =
        new TokenRules(
            random.ints(1_000, 0, VOCAB_SIZE).toArray(),
            new int[][] {{5}, {6, 7}},
            new int[] {8, 9},
            new float[] {2, -2});
    SamplingParams sampling =
        SamplingParams.builder()
            .temperature(0.8f)
            .topP(0.9f)
            .minP(0.001f)
            .repetitionPenalty(1.1f)
            .frequencyPenalty(0.5f)
            .presencePenalty(0.5f)
            .minTokens(NUM_TOKENS)
            .maxTokens(NUM_TOKENS)
            .tokenRules(rules)
            .build();
    Sampler sampler = new Sampler(VOCAB_SIZE, new int[] {3});
    int[] tokenIds = new int[NUM_PROMPT_TOKENS + NUM_TOKENS];
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    generate(sampler, logits, sampling, tokenIds);
    threads.getCurrentThreadAllocatedBytes();

    long before = threads.getCurrentThreadAllocatedBytes();
    generate(sampler, logits, sampling, tokenIds);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(allocated).isZero();
  }

  private static void generate(
      Sampler sampler, float[] logits, SamplingParams sampling, int[] tokenIds) {
    for (int n = NUM_PROMPT_TOKENS; n < tokenIds.length; n++) {
      tokenIds[n] = sampler.sample(logits, sampling, tokenIds, NUM_PROMPT_TOKENS, n, 7);
    }
  }
}
