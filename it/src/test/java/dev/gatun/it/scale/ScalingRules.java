package dev.gatun.it.scale;

import java.time.Duration;
import java.util.List;

/**
 * How fast a HorizontalPodAutoscaler moves in one direction.
 *
 * @param window the most careful wish within it counts
 * @param policies the one that allows most counts
 */
public record ScalingRules(Duration window, List<Policy> policies) {

  /** What a policy's value counts. */
  public enum Unit {
    PODS,
    PERCENT
  }

  /** At most so many pods, or so much of what was there, within a period. */
  public record Policy(Unit unit, int value, Duration period) {

    int highest(int numAtStart) {
      return unit == Unit.PODS
          ? numAtStart + value
          : (int) Math.ceil(numAtStart * (1 + value / 100.0));
    }

    int lowest(int numAtStart) {
      return unit == Unit.PODS ? numAtStart - value : (int) (numAtStart * (1 - value / 100.0));
    }
  }

  private static final Duration PERIOD = Duration.ofSeconds(15);

  /** Kubernetes' own, up; those of KServe's ScaledObjects. */
  public static final ScalingRules DEFAULT_UP =
      new ScalingRules(
          Duration.ZERO,
          List.of(new Policy(Unit.PODS, 4, PERIOD), new Policy(Unit.PERCENT, 100, PERIOD)));

  /** The same, down. */
  public static final ScalingRules DEFAULT_DOWN =
      new ScalingRules(Duration.ofMinutes(5), List.of(new Policy(Unit.PERCENT, 100, PERIOD)));

  public ScalingRules {
    policies = List.copyOf(policies);
    if (policies.isEmpty()) {
      throw new IllegalArgumentException("a direction needs a policy");
    }
  }
}
