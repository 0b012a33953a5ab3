package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenRules;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SamplerMaskTest {
  private static final long SEED = 11_903L;

  /** No multiple of 64: the last word of a mask is cut. */
  private static final int VOCAB_SIZE = 205;

  private final SplittableRandom random = new SplittableRandom(SEED);
  private final Sampler sampler = new Sampler(VOCAB_SIZE, new int[] {3});
  private final float[] logits = new float[VOCAB_SIZE];

  private int sample(long[] mask, SamplingParams sampling) {
    return sampler.sample(logits, mask, sampling, new int[] {5}, 1, 1, random.nextLong());
  }

  private long[] randomMask() {
    long[] mask = new long[(VOCAB_SIZE + 63) / 64];
    int density = random.nextInt(4);
    for (int word = 0; word < mask.length; word++) {
      mask[word] =
          switch (density) {
            case 0 -> 1L << random.nextInt(64);
            case 1 -> random.nextBoolean() ? 0 : -1L;
            case 2 -> -1L;
            default -> random.nextLong();
          };
    }
    return mask;
  }

  private static boolean isAllowed(long[] mask, int id) {
    return (mask[id / 64] >>> id & 1) != 0;
  }

  @Test
  void onlyTokensOfTheMaskAreChosen() {
    for (int round = 0; round < 2_000; round++) {
      for (int id = 0; id < VOCAB_SIZE; id++) {
        logits[id] = (float) (4 * random.nextGaussian());
      }
      long[] mask = randomMask();
      int best = Sampler.NO_TOKEN;
      for (int id = 0; id < VOCAB_SIZE; id++) {
        if (isAllowed(mask, id) && (best < 0 || logits[id] > logits[best])) {
          best = id;
        }
      }
      assertThat(sample(mask, SamplingParams.builder().temperature(0).build())).isEqualTo(best);
      int chosen =
          sample(
              mask,
              SamplingParams.builder()
                  .temperature(2)
                  .topK(random.nextInt(5))
                  .topP(random.nextBoolean() ? 0.9f : 1)
                  .minP(random.nextBoolean() ? 0.01f : 0)
                  .repetitionPenalty(0.5f)
                  .tokenRules(
                      new TokenRules(
                          new int[0], new int[0][], new int[] {7, 100}, new float[] {100, 100}))
                  .build());
      assertThat(chosen == Sampler.NO_TOKEN ? best < 0 : isAllowed(mask, chosen))
          .as("round %d of seed %d: token %d", round, SEED, chosen)
          .isTrue();
    }
  }

  @Test
  void aMaskOfAllTokensChangesNothing() {
    for (int id = 0; id < VOCAB_SIZE; id++) {
      logits[id] = (float) random.nextGaussian();
    }
    SamplingParams sampling = SamplingParams.builder().topP(0.9f).build();
    for (int seed = 0; seed < 200; seed++) {
      assertThat(
              sampler.sample(
                  logits, new long[] {-1, -1, -1, -1}, sampling, new int[] {5}, 1, 1, seed))
          .isEqualTo(sampler.sample(logits, sampling, new int[] {5}, 1, 1, seed));
    }
  }

  @Test
  void anEmptyMaskLeavesNoToken() {
    SamplingParams greedy = SamplingParams.builder().temperature(0).build();
    SamplingParams drawn = SamplingParams.builder().build();

    assertThat(sample(new long[4], greedy)).isEqualTo(Sampler.NO_TOKEN);
    assertThat(sample(new long[4], drawn)).isEqualTo(Sampler.NO_TOKEN);
  }
}
