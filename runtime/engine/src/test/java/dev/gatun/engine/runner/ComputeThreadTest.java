package dev.gatun.engine.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ComputeThreadTest {
  private final List<Integer> computed = new CopyOnWriteArrayList<>();

  @Test
  void computesInOrderOfSubmissionInAlternatingPlaces() {
    try (ComputeThread thread = new ComputeThread(computed::add, 2)) {
      for (int step = 1; step <= 10_000; step++) {
        thread.submit();
        // Up to two are in flight.
        thread.await(step - 1);
      }
      thread.await(10_000);

      assertThat(computed).hasSize(10_000);
      assertThat(computed.subList(0, 4)).containsExactly(0, 1, 0, 1);
    }
  }

  @Test
  void computesBesideItsOwner() {
    Semaphore gate = new Semaphore(0);
    try (ComputeThread thread =
        new ComputeThread(
            place -> {
              gate.acquireUninterruptibly();
              computed.add(place);
            },
            2)) {
      thread.submit();
      thread.submit();
      assertThat(computed).isEmpty();

      gate.release(2);
      thread.await(2);
      assertThat(computed).containsExactly(0, 1);
    }
  }

  @Test
  void tellsItsOwnerWhatFailed() {
    RuntimeException lost = new IllegalStateException("the device is lost (planted by the test)");
    try (ComputeThread thread =
        new ComputeThread(
            place -> {
              throw lost;
            },
            2)) {
      thread.submit();

      assertThatThrownBy(() -> thread.await(1)).hasCause(lost);
      // And goes on to, whatever is asked of it.
      thread.submit();
      assertThatThrownBy(() -> thread.await(2)).hasCause(lost);
    }
  }

  @Test
  void closingComputesWhatWasSubmitted() {
    ComputeThread thread = new ComputeThread(computed::add, 2);
    thread.submit();
    thread.submit();

    thread.close();

    assertThat(computed).containsExactly(0, 1);
  }
}
