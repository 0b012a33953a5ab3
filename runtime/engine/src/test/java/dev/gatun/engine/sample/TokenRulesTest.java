package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenRules;
import org.junit.jupiter.api.Test;

/** Allowed tokens, forbidden words and biases, and their place in the order. */
final class TokenRulesTest {
  private static final int EOS = 3;
  private static final int[] ALL = {};
  private static final int[][] NO_WORDS = {};
  private static final float[] NO_BIASES = {};

  private final Sampler sampler = new Sampler(5, new int[] {EOS});

  private static SamplingParamsBuilder greedy(TokenRules rules) {
    return SamplingParams.builder().temperature(0).tokenRules(rules);
  }

  private static TokenRules allowed(int... ids) {
    return new TokenRules(ids, NO_WORDS, ALL, NO_BIASES);
  }

  private static TokenRules banned(int[]... sequences) {
    return new TokenRules(ALL, sequences, ALL, NO_BIASES);
  }

  private static TokenRules bias(int id, float bias) {
    return new TokenRules(ALL, NO_WORDS, new int[] {id}, new float[] {bias});
  }

  private int sample(float[] logits, SamplingParamsBuilder sampling, int numPrompt, int... ids) {
    return sampler.sample(logits, sampling.build(), ids, numPrompt, ids.length, 1);
  }

  @Test
  void onlyAllowedTokensAreChosen() {
    float[] logits = {1, 5, 4, 3, 2};

    assertThat(sample(logits, greedy(allowed(4, 0, 4)), 0)).isEqualTo(4);
    sample(logits, SamplingParams.builder().tokenRules(allowed(0, 2)), 0);
    assertThat(sampler.weights())
        .containsExactly(Exponential.weight(-3, 0), 0, Exponential.weight(0, 0), 0, 0);
  }

  @Test
  void wordOfOneTokenIsNeverChosen() {
    float[] logits = {1, 5, 4, 3, 2};

    assertThat(sample(logits, greedy(banned(new int[] {1})), 0)).isEqualTo(2);
    assertThat(sample(logits, greedy(banned(new int[] {1}, new int[] {2})), 1, 2)).isEqualTo(3);
  }

  @Test
  void wordOfSeveralTokensForbidsItsLastAfterTheOthersAlone() {
    float[] logits = {1, 5, 4, 3, 2};
    SamplingParamsBuilder sampling = greedy(banned(new int[] {2, 4, 1}));

    assertThat(sample(logits, sampling, 0, 2, 4)).isEqualTo(2);
    assertThat(sample(logits, sampling, 0, 0, 2, 4)).isEqualTo(2);
    assertThat(sample(logits, sampling, 0, 4)).isEqualTo(1);
    assertThat(sample(logits, sampling, 0, 4, 2)).isEqualTo(1);
    assertThat(sample(logits, sampling, 0, 2, 4, 0)).isEqualTo(1);
  }

  @Test
  void wordBegunInThePromptIsNotForbidden() {
    float[] logits = {1, 5, 4, 3, 2};
    SamplingParamsBuilder sampling = greedy(banned(new int[] {2, 4, 1}));

    assertThat(sample(logits, sampling, 2, 2, 4)).isEqualTo(1);
    assertThat(sample(logits, sampling, 1, 2, 4)).isEqualTo(1);
    assertThat(sample(logits, sampling, 1, 0, 2, 4)).isEqualTo(2);
  }

  @Test
  void biasShiftsTheLogit() {
    float[] logits = {1, 5, 4, 3, 2};

    assertThat(sample(logits, greedy(bias(0, 4.5f)), 0)).isZero();
    assertThat(sample(logits, greedy(bias(0, 3.5f)), 0)).isEqualTo(1);
    assertThat(sample(logits, greedy(bias(1, -1.5f)), 0)).isEqualTo(2);
  }

  @Test
  void biasIsCutToAHundred() {
    float[] logits = {-99, 5, -101, 3, 2};

    assertThat(bias(0, 1e6f).biases()).containsExactly(100);
    assertThat(bias(0, -1e6f).biases()).containsExactly(-100);
    assertThat(sample(logits, greedy(bias(2, 1000)), 0)).isEqualTo(1);
  }

  @Test
  void biasComesAfterTheMasksAndCannotLiftThem() {
    float[] logits = {1, 5, 4, 3, 2};
    TokenRules rules =
        new TokenRules(
            new int[] {0, 2, 4},
            new int[][] {{2}},
            new int[] {1, 2, EOS},
            new float[] {100, 100, 100});

    assertThat(sample(logits, greedy(rules), 0)).isEqualTo(4);
    assertThat(sample(logits, greedy(bias(EOS, 100)).minTokens(1), 0)).isEqualTo(1);
    assertThat(sample(logits, greedy(bias(EOS, 100)).minTokens(1), 0, 1)).isEqualTo(EOS);
  }

  @Test
  void penaltiesComeAfterTheBias() {
    // (2 + 4) / 2 = 3 < 3.5, whereas 2 / 2 + 4 = 5.
    float[] logits = {2, 3.5f, 0, 0, 0};

    assertThat(sample(logits, greedy(bias(0, 4)).repetitionPenalty(2), 1, 0)).isEqualTo(1);
    assertThat(sample(logits, greedy(bias(0, 4)), 1, 0)).isZero();
    // Negative before the bias, positive after it: divided, not multiplied.
    float[] negative = {-1, 1.5f, 0, 0, 0};
    assertThat(sample(negative, greedy(bias(0, 4)).repetitionPenalty(1.5f), 1, 0)).isZero();
  }

  @Test
  void rulesOfOneRequestDoNotReachTheNext() {
    float[] logits = {1, 5, 4, 3, 2};
    sample(logits, greedy(allowed(0)).repetitionPenalty(3), 0, 0);

    assertThat(sample(logits, greedy(bias(4, 0.1f)), 0)).isEqualTo(1);
  }

  @Test
  void noTokenIsLeftWhenTheOnlyAllowedOneIsForbidden() {
    TokenRules rules = new TokenRules(new int[] {2}, new int[][] {{2}}, ALL, NO_BIASES);

    assertThat(sample(new float[5], greedy(rules), 0)).isEqualTo(Sampler.NO_TOKEN);
    assertThat(sample(new float[5], SamplingParams.builder().tokenRules(rules), 0))
        .isEqualTo(Sampler.NO_TOKEN);
  }

  @Test
  void tokensOutsideTheVocabularyAreNamed() {
    allowed(0, 4).checkVocabulary(5);
    bias(4, 1).checkVocabulary(5);
    banned(new int[] {0, 4}).checkVocabulary(5);

    assertRefused(allowed(0, 5), "allowed_token_ids", "token 5");
    assertRefused(bias(-1, 1), "logit_bias", "token -1");
    assertRefused(banned(new int[] {0, 7}), "bad_words", "token 7");
  }

  private static void assertRefused(TokenRules rules, String field, String message) {
    assertThatThrownBy(() -> rules.checkVocabulary(5))
        .isInstanceOfSatisfying(ServingException.class, e -> assertThat(e.field()).isEqualTo(field))
        .hasMessageContaining(message);
  }

  @Test
  void biasThatIsNoNumberAndWordWithoutTokensAreRefused() {
    assertThatThrownBy(() -> bias(1, Float.NaN)).hasMessageContaining("logit_bias of token 1");
    assertThatThrownBy(() -> banned(ALL)).hasMessageContaining("bad_words");
  }
}
