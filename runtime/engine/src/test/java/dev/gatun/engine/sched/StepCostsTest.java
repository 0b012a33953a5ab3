package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class StepCostsTest {
  private static final int BLOCK_SIZE = 16;

  private final StepCosts costs = new StepCosts();

  /** Steps of 2 us, 100 ns a token, and copies of so many ns. */
  private void observe(int numSteps, long nanosPerCopy) {
    for (int i = 0; i < numSteps; i++) {
      int numTokens = 1 + i % 7 * 10;
      long copying = 3 * nanosPerCopy;
      costs.observe(numTokens, 3, 2_000 + 100L * numTokens + copying, copying);
    }
  }

  @Test
  void tellsATokensCostFromWhatEveryStepCosts() {
    observe(50, 70);

    assertThat(costs.nanosPerToken()).isCloseTo(100, within(1.0));
    assertThat(costs.nanosPerCopy()).isCloseTo(70, within(0.1));
  }

  @Test
  void stepsOfOneSizeGiveTheirWholeTimeToTheirTokens() {
    for (int i = 0; i < 50; i++) {
      costs.observe(4, 0, 2_000, 0);
    }

    assertThat(costs.nanosPerToken()).isCloseTo(500, within(1.0));
  }

  @Test
  void swapsIfTwoCopiesTakeLessThanComputingABlock() {
    observe(50, 790);
    assertThat(costs.isSwapCheaper(BLOCK_SIZE)).isTrue();

    observe(20_000, 810);
    assertThat(costs.isSwapCheaper(BLOCK_SIZE)).isFalse();
  }

  @Test
  void swapsWhileCostsAreNotKnown() {
    assertThat(costs.isSwapCheaper(BLOCK_SIZE)).isTrue();
  }

  @Test
  void triesNowAndThenWhetherCopiesHaveBecomeCheap() {
    observe(50, 100_000);
    int numSwapped = 0;
    for (int i = 0; i < 640; i++) {
      numSwapped += costs.isSwapCheaper(BLOCK_SIZE) ? 1 : 0;
    }

    assertThat(numSwapped).isEqualTo(10);
  }
}
