package dev.gatun.it.scale;

/**
 * One metric of a HorizontalPodAutoscaler with its target.
 *
 * @param kind how the total is compared with the target
 * @param total over all pods
 * @param target per pod for {@link Kind#AVERAGE_VALUE}, of the total for {@link Kind#VALUE}
 */
public record ScaleMetric(Kind kind, double total, double target) {

  /** KEDA's metricType, AverageValue unless a trigger says otherwise. */
  public enum Kind {
    AVERAGE_VALUE,
    VALUE
  }

  /** Within this part of the target nothing changes. */
  private static final double TOLERANCE = 0.1;

  public ScaleMetric {
    total = toServe(total);
    target = toServe(target);
    if (target <= 0) {
      throw new IllegalArgumentException("target must be above 0: " + target);
    }
  }

  /** KEDA hands on three decimals, and 0 for what is no number or negative. */
  private static double toServe(double value) {
    return Double.isFinite(value) && value > 0 ? Math.round(value * 1000) / 1000.0 : 0;
  }

  /**
   * How many pods this metric asks for.
   *
   * @param numReplicas that the deployment shall have now
   * @param numReady those of them that are ready
   */
  public int desired(int numReplicas, int numReady) {
    double usage =
        switch (kind) {
          case AVERAGE_VALUE -> total / (target * numReplicas);
          case VALUE -> total / target;
        };
    if (Math.abs(usage - 1) <= TOLERANCE) {
      return numReplicas;
    }
    double exact =
        switch (kind) {
          case AVERAGE_VALUE -> total / target;
          case VALUE -> usage * numReady;
        };
    return (int) Math.ceil(exact);
  }
}
