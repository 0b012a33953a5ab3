package dev.gatun.server.keda;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/** The targets that KEDA has asked for; the longest unused one is forgotten. Thread-safe. */
final class Fleets {
  private static final int MAX_TARGETS = 1000;

  private final Function<Target, Fleet> factory;
  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedHashMap<Target, Fleet> fleets = new LinkedHashMap<>(16, 0.75f, true);

  Fleets(Function<Target, Fleet> factory) {
    this.factory = factory;
  }

  Fleet of(Target target) {
    lock.lock();
    try {
      Fleet fleet = fleets.computeIfAbsent(target, factory);
      if (fleets.size() > MAX_TARGETS) {
        fleets.pollFirstEntry();
      }
      return fleet;
    } finally {
      lock.unlock();
    }
  }

  /** Numbers of pods by what is known of them, over all targets. */
  Map<String, Integer> numPods() {
    int numFresh = 0;
    int numStale = 0;
    int numUnknown = 0;
    for (Fleet fleet : all()) {
      Fleet.Reading reading = fleet.lastReading().orElse(new Fleet.Reading(Map.of(), 0));
      numStale += reading.numStale();
      numUnknown += reading.numUnknown();
      numFresh += reading.pods().size() - reading.numStale() - reading.numUnknown();
    }
    return Map.of("fresh", numFresh, "stale", numStale, "unknown", numUnknown);
  }

  private List<Fleet> all() {
    lock.lock();
    try {
      return List.copyOf(fleets.values());
    } finally {
      lock.unlock();
    }
  }
}
