package dev.gatun.server.metrics;

import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Answers GET /metrics in text 0.0.4, or OpenMetrics where the scraper asks for it. */
final class MetricsHandler implements HttpHandler {
  private static final int INITIAL_BYTES = 64 << 10;

  private final PrometheusRegistry registry;
  private final Platform platform;

  /** Collectors of the client library have more families than the table. */
  private final Set<String> names =
      MetricNames.all().stream()
          .flatMap(row -> Stream.of(row.name(), row.familyName()))
          .collect(Collectors.toUnmodifiableSet());

  private final ExpositionFormatWriter text = PrometheusTextFormatWriter.create();
  private final ExpositionFormatWriter openMetrics = OpenMetricsTextFormatWriter.create();

  MetricsHandler(PrometheusRegistry registry) {
    this.registry = registry;
    platform = new Platform(registry);
  }

  @Override
  public void handle(HttpCall call) {
    String accept = call.header("accept");
    boolean wantsOpenMetrics = accept != null && openMetrics.accepts(accept);
    ExpositionFormatWriter writer = wantsOpenMetrics ? openMetrics : text;
    ByteArrayOutputStream body = new ByteArrayOutputStream(INITIAL_BYTES);
    try {
      writer.write(body, scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    call.respond(200, writer.getContentType(), body.toByteArray());
  }

  MetricSnapshots scrape() {
    platform.registerOnce();
    return registry.scrape(names::contains);
  }
}
