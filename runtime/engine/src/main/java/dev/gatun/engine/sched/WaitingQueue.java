package dev.gatun.engine.sched;

import dev.gatun.engine.api.QueueSnapshot;
import dev.gatun.engine.kv.Invariant;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The requests that are not running, first in {@link RequestOrder} on top: a binary heap in which
 * each request knows its place, so that one that leaves is found at once. Storage is claimed at
 * start. Engine thread only.
 */
final class WaitingQueue {
  private final @Nullable RequestState[] heap;
  private int size;

  /**
   * Makes an empty queue.
   *
   * @param capacity most requests in the engine at once
   */
  WaitingQueue(int capacity) {
    heap = new RequestState[capacity];
  }

  int size() {
    return size;
  }

  /** Null if there is none. */
  @Nullable RequestState first() {
    return size == 0 ? null : heap[0];
  }

  /** The requests in no particular order, i below {@link #size}. */
  RequestState get(int i) {
    RequestState request = heap[i];
    if (request == null) {
      throw new IllegalStateException("no waiting request at " + i + " of " + size);
    }
    return request;
  }

  /** {@link QueueSnapshot#NOBODY} if there is none. */
  long oldestArrivalNanos() {
    if (size == 0) {
      return QueueSnapshot.NOBODY;
    }
    long oldest = get(0).arrivalNanos();
    for (int i = 1; i < size; i++) {
      // By difference, as times of System.nanoTime have to be compared.
      long arrival = get(i).arrivalNanos();
      oldest = arrival - oldest < 0 ? arrival : oldest;
    }
    return oldest;
  }

  boolean hasExpired(long nowNanos) {
    for (int i = 0; i < size; i++) {
      if (get(i).isExpired(nowNanos)) {
        return true;
      }
    }
    return false;
  }

  void add(RequestState request) {
    Invariant.check(size < heap.length, "room in the waiting queue", size, heap.length);
    up(size++, request);
  }

  void remove(RequestState request) {
    int hole = request.queueIndex();
    Invariant.check(hole < size && heap[hole] == request, "a waiting request", hole, size);
    RequestState last = get(--size);
    heap[size] = null;
    if (hole < size) {
      refill(hole, last);
    }
  }

  private void refill(int hole, RequestState request) {
    int parent = (hole - 1) / 2;
    if (hole > 0 && request.isBefore(get(parent))) {
      up(hole, request);
    } else {
      down(hole, request);
    }
  }

  /** Removes those for which the condition holds; it is asked once for each. */
  void removeIf(Predicate<RequestState> condition) {
    int kept = 0;
    int numBefore = size;
    for (int i = 0; i < numBefore; i++) {
      RequestState request = get(i);
      if (!condition.test(request)) {
        heap[kept++] = request;
      }
    }
    for (int i = kept; i < numBefore; i++) {
      heap[i] = null;
    }
    size = kept;
    for (int i = kept - 1; i >= 0; i--) {
      down(i, get(i));
    }
  }

  private void up(int from, RequestState request) {
    int hole = from;
    while (hole > 0) {
      RequestState parent = get((hole - 1) / 2);
      if (!request.isBefore(parent)) {
        break;
      }
      put(hole, parent);
      hole = (hole - 1) / 2;
    }
    put(hole, request);
  }

  private void down(int from, RequestState request) {
    int hole = from;
    while (2 * hole + 1 < size) {
      int child = 2 * hole + 1;
      if (child + 1 < size && get(child + 1).isBefore(get(child))) {
        child++;
      }
      RequestState earliest = get(child);
      if (!earliest.isBefore(request)) {
        break;
      }
      put(hole, earliest);
      hole = child;
    }
    put(hole, request);
  }

  private void put(int i, RequestState request) {
    heap[i] = request;
    request.setQueueIndex(i);
  }
}
