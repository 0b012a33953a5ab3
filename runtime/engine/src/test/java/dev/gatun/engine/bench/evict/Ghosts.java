package dev.gatun.engine.bench.evict;

import java.util.LinkedHashSet;

/** Keys of what was evicted lately. */
final class Ghosts {
  private final int capacity;
  private final LinkedHashSet<Integer> keys = new LinkedHashSet<>();

  Ghosts(int capacity) {
    this.capacity = capacity;
  }

  void add(int key) {
    keys.add(key);
    if (keys.size() > capacity) {
      keys.removeFirst();
    }
  }

  /** Whether it was there. */
  boolean remove(int key) {
    return keys.remove(key);
  }
}
