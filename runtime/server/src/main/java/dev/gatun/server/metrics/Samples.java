package dev.gatun.server.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gauges and counters of one scrape, gathered by one thread. */
final class Samples {
  private final String modelName;
  private final Map<MetricRow, List<Sample>> families = new LinkedHashMap<>();

  private record Sample(Labels labels, double value) {}

  Samples(String modelName) {
    this.modelName = modelName;
  }

  /**
   * Adds a sample.
   *
   * @param values of the labels behind model_name and engine, which are known
   */
  void add(MetricName metric, double value, String... values) {
    MetricRow row = metric.row();
    families
        .computeIfAbsent(row, _ -> new ArrayList<>())
        .add(new Sample(labels(row, modelName, values), value));
  }

  /** Adds a sample that counts something. */
  void add(MetricName metric, long value, String... values) {
    add(metric, (double) value, values);
  }

  static Labels labels(MetricRow row, String modelName, String... values) {
    return Labels.of(row.labelNames(), labelValues(row, modelName, values));
  }

  static String[] labelValues(MetricRow row, String modelName, String... values) {
    String[] all = new String[row.labels().size()];
    int next = 0;
    for (int i = 0; i < all.length; i++) {
      all[i] =
          switch (row.labels().get(i).name()) {
            case "model_name" -> modelName;
            case "engine" -> MetricNames.ENGINE_INDEX;
            default -> values[next++];
          };
    }
    if (next != values.length) {
      throw new IllegalStateException(
          row.name() + " takes " + next + " label values, got " + values.length);
    }
    return all;
  }

  MetricSnapshots build() {
    List<MetricSnapshot> snapshots = new ArrayList<>();
    families.forEach((row, samples) -> snapshots.add(snapshot(row, samples)));
    return new MetricSnapshots(snapshots);
  }

  private static MetricSnapshot snapshot(MetricRow row, List<Sample> samples) {
    MetricMetadata metadata = new MetricMetadata(row.name(), row.help());
    if (row.kind() == MetricRow.Kind.COUNTER) {
      return new CounterSnapshot(
          metadata,
          samples.stream()
              .map(s -> new CounterDataPointSnapshot(s.value, s.labels, null, 0))
              .toList());
    }
    return new GaugeSnapshot(
        metadata,
        samples.stream().map(s -> new GaugeDataPointSnapshot(s.value, s.labels, null)).toList());
  }
}
