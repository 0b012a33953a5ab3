package dev.gatun.engine.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class MaskThreadsTest {
  private static final long SEED = 5_851L;

  @Test
  void everyTaskOfEveryStepRunsOnceBeforeAwaitReturns() {
    SplittableRandom random = new SplittableRandom(SEED);
    AtomicIntegerArray runs = new AtomicIntegerArray(40);
    try (MaskThreads threads = new MaskThreads(3, runs::incrementAndGet)) {
      for (int step = 0; step < 20_000; step++) {
        int count = random.nextInt(8) == 0 ? 0 : random.nextInt(runs.length());
        threads.start(count);
        threads.await();
        for (int task = 0; task < runs.length(); task++) {
          assertThat(runs.getAndSet(task, 0))
              .as("runs of task %d of %d in step %d of seed %d", task, count, step, SEED)
              .isEqualTo(task < count ? 1 : 0);
        }
      }
    }
  }

  @Test
  void aTaskThatBreaksIsToldToWhoeverAwaits() {
    try (MaskThreads threads =
        new MaskThreads(
            2,
            task -> {
              if (task == 3) {
                throw new StackOverflowError("task 3");
              }
            })) {
      threads.start(5);

      assertThatThrownBy(threads::await)
          .isInstanceOf(IllegalStateException.class)
          .hasRootCauseMessage("task 3");
    }
  }
}
