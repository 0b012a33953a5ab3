package dev.gatun.server.metrics;

import static dev.gatun.server.metrics.MetricRow.counter;
import static dev.gatun.server.metrics.MetricRow.gauge;

import dev.gatun.server.metrics.MetricRow.Unit;

/** What the process {@code gatun keda-scaler} says of itself. */
@SuppressWarnings("ImmutableEnumChecker") // A row copies its lists.
enum ScalerMetric implements MetricName {
  SCRAPES(
      counter("gatun:scaler_scrapes", Unit.NONE, "Scrapes of pods.")
          .label("outcome", "ok", "failed")),
  ANSWERS(
      counter("gatun:scaler_answers", Unit.NONE, "Calls of KEDA answered, streams left out.")
          .label("outcome", "ok", "refused", "unavailable")),
  PODS(
      gauge("gatun:scaler_pods", Unit.NONE, "Pods of all targets, by what is known of them.")
          .label("state", "fresh", "stale", "unknown")),
  STREAMS(gauge("gatun:scaler_streams", Unit.NONE, "Open streams of external-push triggers."));

  private final MetricRow row;

  ScalerMetric(MetricRow row) {
    this.row = row;
  }

  @Override
  public MetricRow row() {
    return row;
  }
}
