package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PartitionsTest {
  /** The rule of args.h, position by position. */
  private static int index(int position) {
    int length = 256;
    int doublings = 0;
    while (position >= 32 * length) {
      length *= 2;
      doublings++;
    }
    return position / length + 16 * doublings;
  }

  @Test
  void aContextHasAsManyPartitionsAsItsLastPositionSays() {
    for (int contextLen = 1; contextLen <= 140_000; contextLen += contextLen < 600 ? 1 : 97) {
      assertThat(Partitions.count(contextLen))
          .as("context of %d", contextLen)
          .isEqualTo(index(contextLen - 1) + 1);
    }
    assertThat(Partitions.count(128 << 10)).isEqualTo(96);
  }

  @Test
  void bucketsArePowersOfTwoThatHoldThem() {
    assertThat(Partitions.bucket(0)).isEqualTo(1);
    assertThat(Partitions.bucket(256)).isEqualTo(1);
    assertThat(Partitions.bucket(257)).isEqualTo(2);
    assertThat(Partitions.bucket(3 * 256 + 1)).isEqualTo(4);
    assertThat(Partitions.bucket(128 << 10)).isEqualTo(128);
  }

  @Test
  void batchesAreFilledUpToFewSizes() {
    assertThat(StepGraphs.bucket(1)).isEqualTo(1);
    assertThat(StepGraphs.bucket(2)).isEqualTo(2);
    assertThat(StepGraphs.bucket(3)).isEqualTo(4);
    assertThat(StepGraphs.bucket(5)).isEqualTo(8);
    assertThat(StepGraphs.bucket(9)).isEqualTo(16);
    assertThat(StepGraphs.bucket(64)).isEqualTo(64);
    assertThat(StepGraphs.bucket(257)).isEqualTo(288);
  }
}
