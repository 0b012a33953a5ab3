package dev.gatun.server.serve;

import dev.gatun.server.metrics.Metrics;
import dev.gatun.server.metrics.otlp.OtlpMetrics;
import dev.gatun.server.otel.ExportCounts;
import dev.gatun.server.otel.Otlp;
import dev.gatun.server.otel.TelemetryPlan;
import dev.gatun.server.trace.Tracing;

/** Brings metrics and the SDK together; a class of its own, so that no other loads the SDK. */
final class Exports {
  private Exports() {}

  static Tracing start(TelemetryPlan plan, String version, Metrics metrics, String modelName) {
    ExportCounts counts =
        new ExportCounts() {
          @Override
          public void spansDropped(long count) {
            metrics.spansDropped(count);
          }

          @Override
          public void exportFailed(String signal) {
            metrics.exportFailed(signal);
          }
        };
    return Otlp.start(plan, version, new OtlpMetrics(metrics, modelName), counts);
  }
}
