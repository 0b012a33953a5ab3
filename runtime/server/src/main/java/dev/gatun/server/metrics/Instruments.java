package dev.gatun.server.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;

/** Makes the instruments of rows; at start. */
final class Instruments {
  private final PrometheusRegistry registry;
  private final String modelName;

  Instruments(PrometheusRegistry registry, String modelName) {
    this.registry = registry;
    this.modelName = modelName;
  }

  /** Values of all labels, those behind model_name and engine being given. */
  String[] labels(MetricName metric, String... values) {
    return Samples.labelValues(metric.row(), modelName, values);
  }

  Counter counter(MetricName metric) {
    MetricRow row = metric.row();
    return Counter.builder()
        .name(row.name())
        .help(row.help())
        .labelNames(row.labelNames())
        .withoutExemplars()
        .register(registry);
  }

  Summary summary(MetricName metric) {
    MetricRow row = metric.row();
    return Summary.builder()
        .name(row.name())
        .help(row.help())
        .labelNames(row.labelNames())
        .withoutExemplars()
        .register(registry);
  }

  /** Whoever observes says what the exemplars are. */
  Histogram histogram(MetricName metric, int maxModelLen) {
    MetricRow row = metric.row();
    return Histogram.builder()
        .name(row.name())
        .help(row.help())
        .labelNames(row.labelNames())
        .classicOnly()
        .classicUpperBounds(row.buckets().bounds(maxModelLen))
        .register(registry);
  }

  /** Shows a histogram under a further name. */
  void alias(Histogram histogram, MetricName metric) {
    MetricMetadata metadata = new MetricMetadata(metric.row().name(), metric.row().help());
    registry.register(
        new Collector() {
          @Override
          public MetricSnapshot collect() {
            HistogramSnapshot snapshot = histogram.collect();
            return new HistogramSnapshot(metadata, snapshot.getDataPoints());
          }
        });
  }
}
