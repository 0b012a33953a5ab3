package dev.gatun.server.keda;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * What one pod said of itself.
 *
 * @param values of the signals that it exports, by signal
 */
record PodSample(Map<Signal, Double> values) {
  PodSample {
    values = Map.copyOf(values);
  }

  /** Nothing where the pod does not export the metric. */
  OptionalDouble value(Signal signal) {
    Double value = values.get(signal);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** Whether the pod has requests, running or waiting. */
  boolean hasRequests() {
    return value(Signal.WAITING).orElse(0) > 0 || value(Signal.RUNNING).orElse(0) > 0;
  }
}
