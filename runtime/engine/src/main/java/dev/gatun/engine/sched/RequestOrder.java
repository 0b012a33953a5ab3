package dev.gatun.engine.sched;

/**
 * The one order of all requests, waiting and running: whoever comes first in it is served first,
 * whoever comes last is preempted first. A request's place is fixed when it is queued:
 *
 * <pre>
 *   FCFS      number of arrival at the scheduler
 *   PRIORITY  arrival time + priority * aging, then number of arrival
 * </pre>
 *
 * <p>Why no request starves: only requests that arrived less than (difference of priorities) *
 * aging later can have a place before it, and these are finitely many. Engine thread only.
 */
final class RequestOrder {
  /** 73 years: keys stay comparable by their difference, whatever the priority. */
  private static final long MAX_SHIFT_NANOS = 1L << 61;

  private final SchedulingPolicy policy;
  private final long agingNanos;
  private long numPlaced;

  RequestOrder(SchedulingPolicy policy, long agingNanos) {
    this.policy = policy;
    this.agingNanos = agingNanos;
  }

  /** Gives the request its place. */
  void place(RequestState request) {
    long key =
        switch (policy) {
          case FCFS -> 0;
          case PRIORITY -> request.arrivalNanos() + shift(request.priority());
        };
    request.place(key, numPlaced++);
  }

  private long shift(int priority) {
    if (Math.multiplyHigh(priority, agingNanos) != (priority * agingNanos) >> 63
        || Math.abs(priority * agingNanos) > MAX_SHIFT_NANOS) {
      return priority > 0 ? MAX_SHIFT_NANOS : -MAX_SHIFT_NANOS;
    }
    return priority * agingNanos;
  }
}
