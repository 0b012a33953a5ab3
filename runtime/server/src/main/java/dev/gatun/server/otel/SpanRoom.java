package dev.gatun.server.otel;

import java.util.concurrent.atomic.AtomicInteger;

/** Room for spans that have ended and are not exported yet. Any thread. */
final class SpanRoom {
  private volatile int capacity;
  private final AtomicInteger numTaken = new AtomicInteger();

  SpanRoom(int capacity) {
    this.capacity = capacity;
  }

  void resize(int newCapacity) {
    capacity = newCapacity;
  }

  /** False if there is none left. */
  boolean take() {
    if (numTaken.incrementAndGet() <= capacity) {
      return true;
    }
    numTaken.decrementAndGet();
    return false;
  }

  /** So many have left, wherever to. */
  void giveBack(int count) {
    numTaken.addAndGet(-count);
  }
}
