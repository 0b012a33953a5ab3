package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class WaitingQueueTest {

  /** Against a list that is searched anew each time. */
  @Test
  void theFirstIsAlwaysTheFirstInOrderWhoeverComesAndLeaves() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      RequestOrder order = new RequestOrder(SchedulingPolicy.PRIORITY, 10);
      WaitingQueue queue = new WaitingQueue(60);
      List<RequestState> model = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        if (model.size() < 60 && random.nextInt(5) < 3) {
          RequestState request = Requests.of("r" + i, i, random.nextInt(-4, 5));
          order.place(request);
          queue.add(request);
          model.add(request);
        } else if (!model.isEmpty() && random.nextInt(10) > 0) {
          RequestState gone = model.remove(random.nextInt(model.size()));
          queue.remove(gone);
        } else {
          int every = random.nextInt(2, 5);
          queue.removeIf(request -> request.arrivalNanos() % every == 0);
          model.removeIf(request -> request.arrivalNanos() % every == 0);
        }

        RequestState first =
            model.stream()
                .min(Comparator.comparing((a) -> a, WaitingQueueTest::compare))
                .orElse(null);
        assertThat(queue.first()).as("seed %d", seed).isSameAs(first);
        assertThat(queue.size()).isEqualTo(model.size());
      }
    }
  }

  private static int compare(RequestState a, RequestState b) {
    return a == b ? 0 : a.isBefore(b) ? -1 : 1;
  }

  @Test
  void refusesMoreThanItsCapacity() {
    WaitingQueue queue = new WaitingQueue(1);
    queue.add(Requests.of("a", 0, 0));

    assertThatThrownBy(() -> queue.add(Requests.of("b", 0, 0)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aRequestThatIsNotThereIsNoticed() {
    WaitingQueue queue = new WaitingQueue(2);
    queue.add(Requests.of("a", 0, 0));

    assertThatThrownBy(() -> queue.remove(Requests.of("b", 0, 0)))
        .isInstanceOf(IllegalStateException.class);
  }
}
