package dev.gatun.server.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PromptCutTest {
  private static final int[] PROMPT = {1, 2, 3, 4};

  private static int[] cut(Object value) {
    return PromptCut.of(value, 8).apply(PROMPT);
  }

  @Test
  void keepsTheTail() {
    assertThat(cut(1)).containsExactly(4);
    assertThat(cut("3")).containsExactly(2, 3, 4);
    assertThat(cut(4L)).isSameAs(PROMPT);
    assertThat(cut(8)).isSameAs(PROMPT);
    assertThat(cut(null)).isSameAs(PROMPT);
  }

  @Test
  void minusOneLeavesOnePlaceForTheOutput() {
    assertThat(PromptCut.of(-1, 4).apply(PROMPT)).containsExactly(2, 3, 4);
    assertThat(PromptCut.of(-1, 5).apply(PROMPT)).isSameAs(PROMPT);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -2, 9})
  void otherCountsAreRefused(int count) {
    assertThatThrownBy(() -> cut(count))
        .hasMessage("truncate_prompt_tokens is " + count + ", must be in [1, 8] or -1");
  }
}
