package dev.gatun.tensor.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WorkersTest {
  @ParameterizedTest
  @CsvSource({
    "1, 10, 3",
    "2, 10, 3",
    "4, 1, 1",
    "4, 1000, 1",
    "4, 1000, 7",
    "3, 5, 100",
    "3, 0, 1"
  })
  void everyIndexIsComputedOnce(int size, int count, int grain) {
    try (Workers workers = new Workers(size)) {
      // Repeated, because a thread may wake late for one range and meet the next.
      for (int round = 0; round < 50; round++) {
        AtomicIntegerArray computed = new AtomicIntegerArray(count);
        workers.forRange(
            count,
            grain,
            (worker, from, to) -> {
              assertThat(worker).isBetween(0, size - 1);
              for (int i = from; i < to; i++) {
                computed.incrementAndGet(i);
              }
            });
        for (int i = 0; i < count; i++) {
          assertThat(computed.get(i)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void failureOfAnyWorkerReachesTheCaller() {
    try (Workers workers = new Workers(3)) {
      assertThatThrownBy(
              () ->
                  workers.forRange(
                      100,
                      1,
                      (worker, from, to) -> {
                        if (from == 42) {
                          throw new ArithmeticException("index 42");
                        }
                      }))
          .hasRootCauseMessage("index 42");

      int[] computed = new int[8];
      workers.forRange(8, 1, (worker, from, to) -> computed[from]++);
      assertThat(computed).containsOnly(1);
    }
  }
}
