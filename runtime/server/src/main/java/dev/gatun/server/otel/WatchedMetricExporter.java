package dev.gatun.server.otel;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.util.Collection;

/** Exports metrics and counts the times that a collector did not take them. */
final class WatchedMetricExporter implements MetricExporter {
  private final MetricExporter exporter;
  private final ExportWatch watch;

  WatchedMetricExporter(MetricExporter exporter, ExportCounts counts) {
    this.exporter = exporter;
    watch = new ExportWatch("metrics", counts);
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType type) {
    return exporter.getAggregationTemporality(type);
  }

  @Override
  public CompletableResultCode export(Collection<MetricData> metrics) {
    CompletableResultCode result = exporter.export(metrics);
    return result.whenComplete(
        () -> {
          if (result.isSuccess()) {
            watch.succeeded();
          } else {
            watch.failed();
          }
        });
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
