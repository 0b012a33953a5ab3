package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class NgramDrafterTest {

  private static int[] draft(Speculation speculation, int maxDrafts, int... tokenIds) {
    NgramDrafter drafter = new NgramDrafter(speculation);
    int count = drafter.draft(tokenIds, tokenIds.length, maxDrafts);
    return Arrays.copyOf(drafter.drafts(), count);
  }

  @Test
  void proposesWhatFollowedTheLastTokensBefore() {
    assertThat(draft(new Speculation(3, 2, 2), 9, 1, 2, 3, 4, 5, 1, 2)).containsExactly(3, 4, 5);
  }

  @Test
  void findsNothingWhereTheLastTokensAreNew() {
    assertThat(draft(new Speculation(3, 2, 2), 9, 1, 2, 3, 9, 2)).isEmpty();
    assertThat(draft(new Speculation(3, 1, 2), 9, 7)).isEmpty();
  }

  @Test
  void prefersTheLongestMatchThenTheLatest() {
    assertThat(draft(new Speculation(1, 1, 3), 9, 1, 2, 5, 9, 2, 6, 1, 2)).containsExactly(5);
    assertThat(draft(new Speculation(1, 1, 1), 9, 2, 5, 2, 6, 2)).containsExactly(6);
  }

  @Test
  void looksForNoLongerRunsThanConfigured() {
    // Three equal tokens stand before 5, but two are enough, and 6 comes later.
    assertThat(draft(new Speculation(1, 1, 2), 9, 1, 2, 3, 5, 9, 2, 3, 6, 1, 2, 3))
        .containsExactly(6);
  }

  @Test
  void proposesNoMoreThanAllowed() {
    assertThat(draft(new Speculation(5, 1, 1), 2, 1, 2, 3, 4, 1)).containsExactly(2, 3);
    assertThat(draft(new Speculation(1, 1, 1), 9, 1, 2, 3, 4, 1)).containsExactly(2);
    assertThat(draft(new Speculation(5, 1, 1), 0, 1, 2, 1)).isEmpty();
  }

  @Test
  void takesARepetitionForOneThatGoesOn() {
    assertThat(draft(new Speculation(5, 1, 1), 9, 8, 1, 1)).containsExactly(1, 1, 1, 1, 1);
    assertThat(draft(new Speculation(5, 2, 2), 9, 1, 2, 3, 1, 2)).containsExactly(3, 1, 2, 3, 1);
  }

  @Test
  void looksBackOnlySoFar() {
    int[] tokens = IntStream.range(0, 20_000).toArray();
    tokens[19_999] = 5;
    assertThat(draft(new Speculation(1, 1, 1), 9, tokens)).isEmpty();
    tokens[19_999] = 15_000;
    assertThat(draft(new Speculation(1, 1, 1), 9, tokens)).containsExactly(15_001);
  }
}
