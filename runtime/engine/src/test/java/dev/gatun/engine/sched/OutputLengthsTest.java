package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class OutputLengthsTest {
  private final OutputLengths lengths = new OutputLengths();

  private void run(int length, boolean isStopped) {
    for (int i = 1; i <= length; i++) {
      lengths.onToken(i);
    }
    if (isStopped) {
      lengths.onStop(length);
    }
    lengths.refresh();
  }

  private double survival(int from, int to) {
    return OutputLengths.survival(lengths.hazardUntil(to) - lengths.hazardUntil(from));
  }

  @Test
  void rangesFollowEachOtherWithoutGap() {
    int range = OutputLengths.range(0);
    for (int length = 1; length < 100_000; length++) {
      int next = OutputLengths.range(length);
      assertThat(next).isBetween(range, range + 1);
      if (next > range) {
        assertThat(OutputLengths.start(next)).isEqualTo(length);
      }
      range = next;
    }
    assertThat(OutputLengths.range(Integer.MAX_VALUE)).isPositive();
  }

  @Test
  void learnsAConstantChanceToStop() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 2_000; i++) {
      run((int) (1 - 300 * Math.log(1 - random.nextDouble())), true);
    }

    assertThat(survival(0, 300)).isCloseTo(Math.exp(-1), within(0.06));
    assertThat(survival(400, 700)).isCloseTo(Math.exp(-1), within(0.12));
  }

  @Test
  void requestsCutShortDoNotLookLikeStops() {
    for (int i = 0; i < 100; i++) {
      run(100, false);
      run(500, true);
    }

    assertThat(survival(0, 200)).isGreaterThan(0.9);
    // Within a range the chance to stop is one and the same, so an edge in it is smoothed.
    assertThat(survival(400, 700)).isLessThan(0.3);
  }

  @Test
  void followsADistributionThatChanges() {
    for (int i = 0; i < 1_000; i++) {
      run(50, true);
    }
    double before = survival(40, 100);
    for (int i = 0; i < 2_000; i++) {
      run(400, true);
    }

    assertThat(before).isLessThan(0.2);
    assertThat(survival(40, 100)).isGreaterThan(0.5);
  }

  @Test
  void knowingNothingExpectsMostToGoOnForAsLongAgain() {
    lengths.refresh();

    assertThat(survival(100, 200)).isBetween(0.65, 0.8);
    assertThat(survival(10_000, 20_000)).isBetween(0.65, 0.8);
  }
}
