package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.engine.api.TokenLogprobs;
import org.junit.jupiter.api.Test;

final class LogprobScorerTest {
  private final LogprobScorer scorer = new LogprobScorer(4);

  @Test
  void scoresSumToOneAndRankFromTheLikeliest() {
    float[] logits = {0, 3, 2, 1};

    TokenLogprobs scored = scorer.score(logits, 2, 4);

    assertThat(scored.rank()).isEqualTo(2);
    assertThat(scored.topIds()).containsExactly(1, 2, 3, 0);
    assertThat(scored.logprob()).isEqualTo(scored.topLogprobs()[1]);
    double sum = 0;
    for (float logprob : scored.topLogprobs()) {
      sum += Math.exp(logprob);
    }
    assertThat(sum).isCloseTo(1, within(1e-6));
  }

  @Test
  void tiesGoToTheLowestId() {
    TokenLogprobs scored = scorer.score(new float[] {1, 2, 2, 2}, 3, 2);

    assertThat(scored.topIds()).containsExactly(1, 2);
    assertThat(scored.rank()).isEqualTo(1);
  }

  @Test
  void largeLogitsDoNotOverflow() {
    TokenLogprobs scored = scorer.score(new float[] {3e4f, 3e4f, -3e4f, -3e4f}, 0, 0);

    assertThat(scored.logprob()).isCloseTo((float) -Math.log(2), within(1e-6f));
    assertThat(scored.topIds()).isEmpty();
  }
}
