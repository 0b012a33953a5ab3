package dev.gatun.server.metrics;

import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Answers GET /metrics in text 0.0.4, or OpenMetrics where the scraper asks for it. */
final class MetricsHandler implements HttpHandler {
  private final PrometheusRegistry registry;
  private final ExpositionFormatWriter text = PrometheusTextFormatWriter.create();
  private final ExpositionFormatWriter openMetrics = OpenMetricsTextFormatWriter.create();

  MetricsHandler(PrometheusRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void handle(HttpCall call) {
    String accept = call.header("accept");
    boolean wantsOpenMetrics = accept != null && openMetrics.accepts(accept);
    ExpositionFormatWriter writer = wantsOpenMetrics ? openMetrics : text;
    ByteArrayOutputStream body = new ByteArrayOutputStream(16 << 10);
    try {
      writer.write(body, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    call.respond(200, writer.getContentType(), body.toByteArray());
  }
}
