package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RequestOrderTest {
  private static final long AGING = 1_000;

  private final RequestOrder byPriority = new RequestOrder(SchedulingPolicy.PRIORITY, AGING);

  private RequestState placed(String id, long arrivalNanos, int priority) {
    RequestState request = Requests.of(id, arrivalNanos, priority);
    byPriority.place(request);
    return request;
  }

  @Test
  void firstComeFirstServedKnowsNoPriority() {
    RequestOrder order = new RequestOrder(SchedulingPolicy.FCFS, AGING);
    RequestState early = Requests.of("early", 5, 9);
    RequestState late = Requests.of("late", 4, -9);
    order.place(early);
    order.place(late);

    assertThat(early.isBefore(late)).isTrue();
    assertThat(late.isBefore(early)).isFalse();
  }

  @Test
  void anUrgentRequestOvertakesOnlyThoseThatCameShortlyBefore() {
    RequestState old = placed("old", 0, 1);
    RequestState recent = placed("recent", 1_500, 1);
    RequestState urgent = placed("urgent", 2_000, 0);

    assertThat(urgent.isBefore(recent)).isTrue();
    assertThat(urgent.isBefore(old)).isFalse();
    assertThat(old.isBefore(recent)).isTrue();
  }

  @Test
  void equalPlacesGoByArrival() {
    RequestState first = placed("first", 1_000, 0);
    RequestState second = placed("second", 0, 1);

    assertThat(first.isBefore(second)).isTrue();
    assertThat(second.isBefore(first)).isFalse();
  }

  @Test
  void extremePrioritiesStayInOrder() {
    RequestOrder order = new RequestOrder(SchedulingPolicy.PRIORITY, Long.MAX_VALUE / 2);
    RequestState lowest = Requests.of("lowest", Long.MAX_VALUE - 5, Integer.MIN_VALUE);
    RequestState middle = Requests.of("middle", Long.MAX_VALUE - 6, 0);
    RequestState highest = Requests.of("highest", Long.MAX_VALUE - 7, Integer.MAX_VALUE);
    order.place(highest);
    order.place(middle);
    order.place(lowest);

    assertThat(lowest.isBefore(middle)).isTrue();
    assertThat(middle.isBefore(highest)).isTrue();
    assertThat(lowest.isBefore(highest)).isTrue();
  }
}
