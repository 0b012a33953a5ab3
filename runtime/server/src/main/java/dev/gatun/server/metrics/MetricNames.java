package dev.gatun.server.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All metrics that Gatun exports. Nothing else is shown, and dashboards, rules and scalers are
 * checked against it.
 */
public final class MetricNames {
  /** Value of the engine label: there is one engine in a process. */
  static final String ENGINE_INDEX = "0";

  private MetricNames() {}

  /** In the order of the documentation. */
  public static List<MetricRow> all() {
    return Stream.of(
            VllmMetric.values(),
            LegacyMetric.values(),
            GatunMetric.values(),
            GpuMetric.values(),
            TransportMetric.values(),
            PlatformMetric.values())
        .flatMap(Arrays::stream)
        .map(MetricName::row)
        .toList();
  }

  /** Every name that a query may ask for. */
  public static Set<String> sampleNames() {
    return all().stream()
        .flatMap(row -> row.sampleNames().stream())
        .collect(Collectors.toUnmodifiableSet());
  }
}
