package dev.gatun.server.otel;

import dev.gatun.server.trace.CallSpan;
import dev.gatun.server.trace.Tracing;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdkBuilder;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Sets the SDK up and takes it down. */
public final class Otlp {
  /** What the SDK says of failed exports; {@link ExportWatch} says it once per outage instead. */
  private static final Logger SDK_LOG = Logger.getLogger("io.opentelemetry");

  /** Time that the last spans get when the server stops. */
  private static final long FLUSH_SECONDS = 2;

  private static final String QUEUE_SIZE = "otel.bsp.max.queue.size";

  /** Spans that wait for export unless configured: the SDK's own default. */
  private static final int MAX_QUEUED_SPANS = 2048;

  private Otlp() {}

  /**
   * Starts exporting; the server need not wait for a collector.
   *
   * @param version of the server
   * @param metrics what to export as metrics
   * @return tracing, whose end is the end of all exports
   */
  public static Tracing start(
      TelemetryPlan plan, String version, MetricProducer metrics, ExportCounts counts) {
    SDK_LOG.setLevel(Level.OFF);
    SpanRoom room = new SpanRoom(MAX_QUEUED_SPANS);
    AutoConfiguredOpenTelemetrySdkBuilder builder =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesSupplier(() -> Map.of("otel.service.name", "gatun"))
            .addPropertiesCustomizer(_ -> plan.properties())
            .addResourceCustomizer(
                (resource, _) -> Resource.create(versionOf(version)).merge(resource))
            .addSpanProcessorCustomizer(
                (processor, config) -> {
                  room.resize(config.getInt(QUEUE_SIZE, MAX_QUEUED_SPANS));
                  return new BoundedSpans(processor, room, counts);
                })
            .addSpanExporterCustomizer(
                (exporter, _) -> new WatchedSpanExporter(exporter, room, counts))
            .addMetricExporterCustomizer(
                (exporter, _) -> new WatchedMetricExporter(exporter, counts));
    if (plan.exportsMetrics()) {
      builder.addMeterProviderCustomizer((provider, _) -> provider.registerMetricProducer(metrics));
    }
    OpenTelemetrySdk sdk = builder.build().getOpenTelemetrySdk();
    Runnable flush = () -> sdk.shutdown().join(FLUSH_SECONDS, TimeUnit.SECONDS);
    return plan.exportsTraces()
        ? new SpanTracing(
            sdk.getTracer("gatun", version), sdk.getPropagators().getTextMapPropagator(), flush)
        : new UntracedExports(flush);
  }

  private static Attributes versionOf(String version) {
    return Attributes.of(AttributeKey.stringKey("service.version"), version);
  }

  /** Only metrics are exported. */
  private record UntracedExports(Runnable flush) implements Tracing {
    @Override
    public CallSpan http(Incoming call, String verb, String route) {
      return OFF.http(call, verb, route);
    }

    @Override
    public CallSpan grpc(Incoming call, String service, String method) {
      return OFF.grpc(call, service, method);
    }

    @Override
    public void close() {
      flush.run();
    }
  }
}
