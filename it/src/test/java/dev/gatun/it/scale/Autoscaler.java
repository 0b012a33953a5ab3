package dev.gatun.it.scale;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** A HorizontalPodAutoscaler: what it decides at each turn of its loop. Not thread-safe. */
public final class Autoscaler {
  private final int min;
  private final int max;
  private final ScalingRules up;
  private final ScalingRules down;
  private final Deque<Observation> wishes = new ArrayDeque<>();
  private final Deque<Observation> changes = new ArrayDeque<>();

  /** A number at a time. */
  private record Observation(long nanos, int number) {}

  public Autoscaler(int min, int max, ScalingRules up, ScalingRules down) {
    if (min < 1 || max < min) {
      throw new IllegalArgumentException("expected 1 <= min <= max: " + min + ", " + max);
    }
    this.min = min;
    this.max = max;
    this.up = up;
    this.down = down;
  }

  /**
   * The number of pods to have from now on.
   *
   * @param metrics at least one; the one that asks for most decides
   * @param numReplicas that the deployment shall have now
   * @param numReady those of them that are ready
   */
  public int decide(long nanos, List<ScaleMetric> metrics, int numReplicas, int numReady) {
    if (wishes.isEmpty()) {
      wishes.add(new Observation(nanos, numReplicas)); // A new autoscaler starts from here.
    }
    int wish = metrics.stream().mapToInt(m -> m.desired(numReplicas, numReady)).max().orElseThrow();
    int stable = stable(nanos, wish, numReplicas);
    wishes.add(new Observation(nanos, wish));
    int decision = Math.clamp(limited(nanos, stable, numReplicas), min, max);
    changes.add(new Observation(nanos, decision - numReplicas));
    return decision;
  }

  /** Up only as far as all wishes of the one window agree, down only as those of the other do. */
  private int stable(long nanos, int wish, int numReplicas) {
    int lowest = Math.min(wish, within(wishes, nanos, up.window()).min().orElse(wish));
    int highest = Math.max(wish, within(wishes, nanos, down.window()).max().orElse(wish));
    return Math.min(Math.max(numReplicas, lowest), highest);
  }

  private int limited(long nanos, int wish, int numReplicas) {
    if (wish > numReplicas) {
      IntStream limits =
          up.policies().stream()
              .mapToInt(p -> p.highest(numReplicas - changed(nanos, p, change -> change > 0)));
      return Math.min(wish, Math.max(numReplicas, limits.max().orElseThrow()));
    }
    IntStream limits =
        down.policies().stream()
            .mapToInt(p -> p.lowest(numReplicas - changed(nanos, p, change -> change < 0)));
    return Math.max(wish, Math.min(numReplicas, limits.min().orElseThrow()));
  }

  /** Pods that came (or, below 0, went) within a policy's period. */
  private int changed(long nanos, ScalingRules.Policy policy, IntPredicate direction) {
    return within(changes, nanos, policy.period()).filter(direction).sum();
  }

  private static IntStream within(Deque<Observation> past, long nanos, Duration window) {
    return past.stream()
        .filter(observation -> nanos - observation.nanos < window.toNanos())
        .mapToInt(Observation::number);
  }
}
