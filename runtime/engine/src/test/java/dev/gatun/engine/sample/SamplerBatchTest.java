package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.TokenRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a request draws is its own affair, whatever is sampled before and after it. */
final class SamplerBatchTest {
  private static final int VOCAB_SIZE = 700;
  private static final int NUM_PROMPT_TOKENS = 4;
  private static final int NUM_OUTPUT_TOKENS = 24;

  /** A request and the sequence that it has so far; its logits follow from the last tokens. */
  private static final class Request {
    final SamplingParams sampling;
    final long seed;
    final int[] tokenIds = new int[NUM_PROMPT_TOKENS + NUM_OUTPUT_TOKENS];
    int numTokens = NUM_PROMPT_TOKENS;

    Request(SplittableRandom random) {
      sampling = sampling(random);
      seed = random.nextLong();
      for (int i = 0; i < NUM_PROMPT_TOKENS; i++) {
        tokenIds[i] = random.nextInt(VOCAB_SIZE);
      }
    }

    boolean isDone() {
      return numTokens == tokenIds.length;
    }

    void step(Sampler sampler) {
      SplittableRandom random =
          new SplittableRandom(31L * tokenIds[numTokens - 1] + tokenIds[numTokens - 2]);
      float[] logits = new float[VOCAB_SIZE];
      for (int id = 0; id < VOCAB_SIZE; id++) {
        logits[id] = (float) (4 * random.nextGaussian());
      }
      tokenIds[numTokens] =
          sampler.sample(logits, sampling, tokenIds, NUM_PROMPT_TOKENS, numTokens, seed);
      numTokens++;
    }
  }

  private static SamplingParams sampling(SplittableRandom random) {
    SamplingParamsBuilder sampling =
        SamplingParams.builder()
            .maxTokens(NUM_OUTPUT_TOKENS)
            .temperature((float) random.nextDouble(0.2, 2))
            .topK(random.nextBoolean() ? random.nextInt(1, 80) : 0)
            .topP(random.nextBoolean() ? (float) random.nextDouble(0.1, 1) : 1)
            .minP(random.nextBoolean() ? (float) random.nextDouble(0, 0.2) : 0)
            .repetitionPenalty(random.nextBoolean() ? 1.3f : 1)
            .frequencyPenalty(random.nextBoolean() ? 0.7f : 0)
            .presencePenalty(random.nextBoolean() ? -0.4f : 0)
            .minTokens(random.nextInt(NUM_OUTPUT_TOKENS));
    if (random.nextBoolean()) {
      int[] allowed = random.nextBoolean() ? random.ints(300, 0, VOCAB_SIZE).toArray() : new int[0];
      int[][] words = {{random.nextInt(VOCAB_SIZE)}, {random.nextInt(9), random.nextInt(9)}};
      int[] biased = random.ints(20, 0, VOCAB_SIZE).distinct().toArray();
      float[] biases = new float[biased.length];
      Arrays.fill(biases, (float) random.nextDouble(-5, 5));
      sampling.tokenRules(new TokenRules(allowed, words, biased, biases));
    }
    return sampling.build();
  }

  private static Sampler sampler() {
    return new Sampler(VOCAB_SIZE, new int[] {3});
  }

  @Test
  void seededRequestGivesTheSameTokensInAnyBatch() {
    for (long seed = 0; seed < 20; seed++) {
      System.out.println("SamplerBatchTest: seed " + seed);
      List<Request> alone = requests(seed);
      for (Request request : alone) {
        Sampler own = sampler();
        while (!request.isDone()) {
          request.step(own);
        }
      }

      List<Request> crowded = requests(seed);
      SplittableRandom order = new SplittableRandom(~seed);
      Sampler shared = sampler();
      List<Request> running = new ArrayList<>(crowded);
      while (!running.isEmpty()) {
        Request request = running.get(order.nextInt(running.size()));
        request.step(shared);
        running.removeIf(Request::isDone);
      }

      for (int i = 0; i < alone.size(); i++) {
        assertThat(crowded.get(i).tokenIds)
            .as("seed %d, request %d", seed, i)
            .isEqualTo(alone.get(i).tokenIds);
      }
    }
  }

  private static List<Request> requests(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      requests.add(new Request(random));
    }
    return requests;
  }
}
