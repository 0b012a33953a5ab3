package dev.gatun.server.metrics;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.error.ErrorTable;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.http.MeasuredCall;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Summary;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Counts REST calls by route. Any thread. */
final class HttpMetrics {
  /** Scrapes and probes come by the clock and would drown the rest. */
  private static final List<String> NOT_COUNTED =
      List.of("/metrics", "/health", "/load", "/ping", "/version", "/server_info", "/v2/health");

  private static final double NANOS_PER_SECOND = 1e9;

  private final LongSupplier clock;
  private final Counter requests;
  private final Histogram duration;
  private final Histogram fineDuration;
  private final Summary requestSize;
  private final Summary responseSize;

  HttpMetrics(Instruments instruments, LongSupplier clock) {
    this.clock = clock;
    requests = instruments.counter(TransportMetric.HTTP_REQUESTS);
    duration = instruments.histogram(TransportMetric.HTTP_REQUEST_DURATION, 0);
    fineDuration = instruments.histogram(TransportMetric.HTTP_REQUEST_DURATION_FINE, 0);
    requestSize = instruments.summary(TransportMetric.HTTP_REQUEST_SIZE);
    responseSize = instruments.summary(TransportMetric.HTTP_RESPONSE_SIZE);
  }

  /**
   * The same handler, counted.
   *
   * @param routes gives the pattern of the route that a path takes
   */
  HttpHandler guard(HttpHandler root, UnaryOperator<String> routes) {
    return new HttpHandler() {
      @Override
      public void handle(HttpCall call) throws InterruptedException {
        if (!isCounted(call.path())) {
          root.handle(call);
          return;
        }
        long startNanos = clock.getAsLong();
        MeasuredCall measured = new MeasuredCall(call);
        try {
          root.handle(measured);
        } finally {
          double seconds = (clock.getAsLong() - startNanos) / NANOS_PER_SECOND;
          String route = routes.apply(call.path());
          count(route, call.method(), measured.status(), seconds);
          requestSize.labelValues(route).observe(call.body().length);
          responseSize.labelValues(route).observe((double) measured.numResponseBytes());
        }
      }

      @Override
      public @Nullable ServingException refusal(String method, String path) {
        ServingException refusal = root.refusal(method, path);
        if (refusal != null && isCounted(path)) {
          count(routes.apply(path), method, ErrorTable.row(refusal.code()).http(), 0);
        }
        return refusal;
      }
    };
  }

  private void count(String route, String method, int status, double seconds) {
    requests.labelValues(route, method(method), status / 100 + "xx").inc();
    duration.labelValues(route, method(method)).observe(seconds);
    fineDuration.observe(seconds);
  }

  /** Clients may send any word as a method; each would be a series. */
  private static String method(String method) {
    return switch (method) {
      case "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH" -> method;
      default -> "other";
    };
  }

  private static boolean isCounted(String path) {
    return NOT_COUNTED.stream()
        .noneMatch(prefix -> path.equals(prefix) || path.startsWith(prefix + "/"));
  }
}
