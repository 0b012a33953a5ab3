package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class CounterRandomTest {

  @Test
  void neighbouringSeedsAndCountersShareNothing() {
    Set<Long> seen = new HashSet<>();
    for (long seed = -50; seed < 50; seed++) {
      for (long counter = 0; counter < 100; counter++) {
        seen.add(CounterRandom.bits(seed, counter));
      }
    }

    assertThat(seen).hasSize(10_000);
  }

  @Test
  void uniformFillsTheUnitInterval() {
    double sum = 0;
    for (int i = 0; i < 10_000; i++) {
      double value = CounterRandom.uniform(9, i);
      assertThat(value).isBetween(0.0, 0.9999999999999999);
      sum += value;
    }

    // Standard deviation of the mean is 0.0029.
    assertThat(sum / 10_000).isCloseTo(0.5, within(0.015));
  }
}
