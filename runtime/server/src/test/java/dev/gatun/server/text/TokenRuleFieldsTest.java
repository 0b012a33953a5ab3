package dev.gatun.server.text;

import static dev.gatun.server.testing.TestModels.EOS;
import static dev.gatun.server.testing.TestModels.encode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenRules;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.TestModels;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TokenRuleFieldsTest {
  private static final int[] PROMPT = {68, 69};

  private final SamplingFields fields = new SamplingFields(TestModels.tiny(new FakeEngine(EOS)));

  private void set(String name, Object value) {
    assertThat(fields.set(name, value)).isTrue();
  }

  private TokenRules rules() {
    return fields.toRequest("r", PROMPT, 16).sampling().tokenRules();
  }

  @Test
  void requestWithoutRulesHasNone() {
    assertThat(rules().isEmpty()).isTrue();
  }

  @Test
  void biasesAreReadFromTextKeysAndCut() {
    set("logit_bias", Map.of("7", -1000L, "3", 2.5, "511", "0.5"));

    assertThat(rules().biasedIds()).containsExactly(3, 7, 511);
    assertThat(rules().biases()).containsExactly(2.5f, -100, 0.5f);
  }

  @Test
  void allowedTokensAreSortedAndDistinct() {
    set("allowed_token_ids", List.of(9L, 2L, 9L));

    assertThat(rules().allowedIds()).containsExactly(2, 9);
  }

  @Test
  void badWordsAreTokenisedWithAndWithoutASpace() {
    int[] bare = encode("ab");
    int[] spaced = encode(" ab");
    set("bad_words", List.of("  ab"));

    int[][] sequences = rules().bannedSequences();

    assertThat(sequences[0]).isEqualTo(bare);
    boolean isOwnToken = spaced[0] != bare[0] && spaced.length == bare.length;
    assertThat(sequences).hasNumberOfRows(isOwnToken ? 2 : 1);
  }

  @Test
  void spacedFormCountsWhereTheSpaceIsPartOfTheToken() {
    String merged = mergedWithASpace();

    set("bad_words", merged);

    assertThat(rules().bannedSequences()).isDeepEqualTo(forms(merged));
    assertThat(rules().bannedSequences()[1][0]).isNotEqualTo(rules().bannedSequences()[0][0]);
  }

  private static int[][] forms(String word) {
    return new int[][] {encode(word), encode(" " + word)};
  }

  /** A word that the test tokenizer has as one token with a space before it and without. */
  private static String mergedWithASpace() {
    for (int id = 4; id < TestModels.TOKENIZER.vocabSize(); id++) {
      String text = TestModels.TOKENIZER.tokenText(id);
      if (text.matches(" [a-z]+")
          && Arrays.equals(encode(text), new int[] {id})
          && encode(text.strip()).length == 1) {
        return text.strip();
      }
    }
    throw new AssertionError("the tokenizer has no such word");
  }

  @Test
  void tokensOutsideTheVocabularyAreNamed() {
    set("logit_bias", Map.of("511", 1L));
    set("allowed_token_ids", List.of(511L));
    assertThat(rules().isEmpty()).isFalse();

    set("logit_bias", Map.of("512", 1L));
    assertThatThrownBy(this::rules)
        .isInstanceOfSatisfying(
            ServingException.class, e -> assertThat(e.field()).isEqualTo("logit_bias"))
        .hasMessageContaining("token 512");
    set("logit_bias", Map.of());
    set("allowed_token_ids", List.of(3L, 512L));
    assertThatThrownBy(this::rules).hasMessageContaining("allowed_token_ids names token 512");
  }

  @Test
  void malformedRulesAreRefused() {
    assertThatThrownBy(() -> set("logit_bias", List.of(1L))).hasMessageContaining("a map");
    assertThatThrownBy(() -> set("logit_bias", Map.of("x", 1L))).hasMessageContaining("number");
    assertThatThrownBy(() -> set("logit_bias", Map.of("1", "x"))).hasMessageContaining("number");
    assertThatThrownBy(() -> set("allowed_token_ids", List.of())).hasMessageContaining("at least");
    assertThatThrownBy(() -> set("bad_words", List.of(" "))).hasMessageContaining("blank");
    assertThatThrownBy(() -> set("bad_words", "a".repeat(1025))).hasMessageContaining("1 to 1024");
    assertThatThrownBy(() -> set("bad_words", Collections.nCopies(257, "a")))
        .hasMessageContaining("at most 256");
  }

  @Test
  void rulesThatLeaveNoTokenAreRefused() {
    int only = encode("a")[0];
    set("allowed_token_ids", List.of((long) only));
    assertThat(rules().allowedIds()).containsExactly(only);

    set("bad_words", "a");
    assertThatThrownBy(this::rules).hasMessageContaining("allowed_token_ids names only tokens");
    set("allowed_token_ids", List.of((long) only, (long) EOS));
    assertThat(rules().allowedIds()).hasSize(2);
    set("min_tokens", 1);
    assertThatThrownBy(this::rules).hasMessageContaining("allowed_token_ids names only tokens");
  }
}
