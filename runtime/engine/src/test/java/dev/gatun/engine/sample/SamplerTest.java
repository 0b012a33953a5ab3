package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SamplerTest {
  private static final int EOS = 3;
  private static final int[] NOTHING = {};
  private final Sampler sampler = new Sampler(4, new int[] {EOS});

  private static SamplingParamsBuilder greedy() {
    return SamplingParams.builder().temperature(0);
  }

  private int sample(float[] logits, SamplingParamsBuilder sampling, int... output) {
    return sampler.sample(logits, sampling.build(), output, 0, output.length, 1);
  }

  @Test
  void greedyTakesTheLikeliestAndTheLowestOfEquals() {
    assertThat(sample(new float[] {1, 5, 2, 5}, greedy())).isEqualTo(1);
    assertThat(sample(new float[] {-3, -3, -3, -3}, greedy())).isZero();
  }

  @Test
  void endOfSequenceAndStopTokensAreMaskedBeforeMinTokens() {
    float[] logits = {1, 4, 3, 5};
    SamplingParamsBuilder sampling = greedy().minTokens(2).stopTokenIds(1);

    assertThat(sample(logits, sampling)).isEqualTo(2);
    assertThat(sample(logits, sampling, 2)).isEqualTo(2);
    assertThat(sample(logits, sampling, 2, 2)).isEqualTo(EOS);
  }

  @Test
  void noTokenIsLeftWhenAllAreMasked() {
    float[] logits = {1, 4, 3, 5};
    SamplingParamsBuilder sampling = SamplingParams.builder().minTokens(1).stopTokenIds(0, 1, 2);

    assertThat(sample(logits, sampling)).isEqualTo(Sampler.NO_TOKEN);
    assertThat(sample(logits, sampling.temperature(0))).isEqualTo(Sampler.NO_TOKEN);
  }

  @Test
  void repetitionPenaltyDividesPositiveAndMultipliesNegativeLogits() {
    SamplingParams sampling = greedy().repetitionPenalty(2).build();
    int[] prompt = {1, 1};

    // 5 / 2 < 3, however often the token occurs, and -1 * 2 < -1.5.
    assertThat(sampler.sample(new float[] {3, 5, 0, 0}, sampling, prompt, 2, 2, 1)).isZero();
    assertThat(sampler.sample(new float[] {-1.5f, -1, -9, -9}, sampling, prompt, 2, 2, 1)).isZero();
    assertThat(sampler.sample(new float[] {2, 5, 0, 0}, sampling, prompt, 2, 2, 1)).isEqualTo(1);
  }

  @Test
  void frequencyPenaltyCountsOutputTokensAndPresencePenaltyDoesNot() {
    float[] logits = {1, 2, 0, 0};

    assertThat(sample(logits, greedy().frequencyPenalty(0.6f), 1)).isEqualTo(1);
    assertThat(sample(logits, greedy().frequencyPenalty(0.6f), 1, 1)).isZero();
    assertThat(sample(logits, greedy().presencePenalty(0.6f), 1, 1)).isEqualTo(1);
    assertThat(sample(logits, greedy().presencePenalty(1.1f), 1)).isZero();
  }

  @Test
  void frequencyAndPresencePenaltyDoNotLookAtThePrompt() {
    SamplingParams sampling = greedy().frequencyPenalty(2).presencePenalty(2).build();

    int token = sampler.sample(new float[] {1, 2, 0, 0}, sampling, new int[] {1}, 1, 1, 1);

    assertThat(token).isEqualTo(1);
  }

  @Test
  void penaltiesOfOneRequestDoNotReachTheNext() {
    sample(new float[] {1, 2, 0, 0}, greedy().frequencyPenalty(2).repetitionPenalty(3), 1, 1, 2);

    assertThat(sample(new float[] {1, 2, 0, 0}, greedy().presencePenalty(0.1f), 0)).isEqualTo(1);
    assertThat(sample(new float[] {1, 2, 1.9f, 0}, greedy().presencePenalty(-0.2f), 2))
        .isEqualTo(2);
  }

  @Test
  void drawsWithTheProbabilitiesOfTheLogits() {
    float[] logits = {0, (float) Math.log(2), (float) Math.log(4), (float) Math.log(9)};
    SamplingParams sampling = SamplingParams.builder().build();
    int[] counts = new int[4];
    int numDraws = 32_000;

    for (int i = 0; i < numDraws; i++) {
      counts[sampler.sample(logits, sampling, NOTHING, 0, 0, i)]++;
    }

    // Standard deviation is below 90 draws.
    assertThat(counts[0]).isCloseTo(2_000, within(400));
    assertThat(counts[1]).isCloseTo(4_000, within(400));
    assertThat(counts[2]).isCloseTo(8_000, within(400));
    assertThat(counts[3]).isCloseTo(18_000, within(400));
  }

  @Test
  void drawDependsOnSeedAndOutputIndexAlone() {
    float[] logits = {1, 1, 1, 1};
    SamplingParams sampling = SamplingParams.builder().maxTokens(64).build();
    Sampler other = new Sampler(4, new int[] {EOS});
    int[] tokens = new int[70];
    int numDifferent = 0;
    for (int index = 0; index < 64; index++) {
      int token = sampler.sample(logits, sampling, tokens, 5, 5 + index, 42);
      other.sample(logits, sampling, tokens, 0, 3, 7);
      assertThat(other.sample(logits, sampling, tokens, 1, 1 + index, 42)).isEqualTo(token);
      numDifferent += other.sample(logits, sampling, tokens, 1, 1 + index, 43) == token ? 0 : 1;
    }

    assertThat(numDifferent).isBetween(30, 62);
  }

  @Test
  void filtersKeepTheLikeliest() {
    float[] logits = {0, 3, 2, 1};
    SamplingParamsBuilder sampling = SamplingParams.builder();

    sample(logits, sampling.topK(2));
    assertThat(sampler.weights()).containsExactly(0, 1, Exponential.weight(-1, 0), 0);
    sample(logits, sampling.topK(0).topP(0.6f));
    assertThat(sampler.weights()).containsExactly(0, 1, 0, 0);
    sample(logits, sampling.topP(1).minP(0.2f));
    assertThat(sampler.weights()).containsExactly(0, 1, Exponential.weight(-1, 0), 0);
  }

  @Test
  void topPKeepsWhatSortingTheWholeVocabularyWould() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int vocabSize = random.nextInt(1, 400);
      float[] logits = new float[vocabSize];
      double scale = random.nextDouble(0.1, 8);
      for (int id = 0; id < vocabSize; id++) {
        logits[id] = (float) (scale * (random.nextDouble() + random.nextDouble()));
      }
      float topP = (float) random.nextDouble(0.01, 0.999);
      Sampler large = new Sampler(vocabSize, NOTHING);

      large.sample(logits, SamplingParams.builder().build(), NOTHING, 0, 0, seed);
      float[] all = large.weights().clone();
      large.sample(logits, SamplingParams.builder().topP(topP).build(), NOTHING, 0, 0, seed);

      float[] expected = all.clone();
      Arrays.sort(expected);
      double total = 0;
      for (float weight : expected) {
        total += weight;
      }
      double sum = 0;
      int kept = 0;
      while (sum < topP * total) {
        kept++;
        sum += expected[vocabSize - kept];
      }
      Arrays.fill(expected, 0, vocabSize - kept, 0);
      float[] actual = large.weights().clone();
      Arrays.sort(actual);
      assertThat(actual).as("seed %d", seed).isEqualTo(expected);
    }
  }

  @Test
  void soundRowsHaveNoNanAndSomethingFinite() {
    float negative = Float.NEGATIVE_INFINITY;

    assertThat(Sampler.isSound(new float[] {1, negative}, 2)).isTrue();
    assertThat(Sampler.isSound(new float[] {1, Float.NaN}, 2)).isFalse();
    assertThat(Sampler.isSound(new float[] {Float.NaN, 1}, 2)).isFalse();
    assertThat(Sampler.isSound(new float[] {1, Float.POSITIVE_INFINITY}, 2)).isFalse();
    assertThat(Sampler.isSound(new float[] {negative, negative}, 2)).isFalse();
    assertThat(Sampler.isSound(new float[] {1, Float.NaN}, 1)).isTrue();
  }
}
