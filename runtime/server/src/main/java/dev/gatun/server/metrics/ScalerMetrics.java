package dev.gatun.server.metrics;

import dev.gatun.server.http.HttpHandler;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** Metrics of the process {@code gatun keda-scaler}. All counters exist with 0 from the start. */
public final class ScalerMetrics {
  /** The scaler serves no model. */
  private static final String NO_MODEL = "";

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Counter scrapes;
  private final Counter answers;

  /** How a call of KEDA was answered. */
  public enum Outcome {
    OK,
    /** The trigger is written wrongly. */
    REFUSED,
    /** No pod answered. */
    UNAVAILABLE
  }

  public ScalerMetrics() {
    Instruments instruments = new Instruments(registry, NO_MODEL);
    scrapes = counter(instruments, ScalerMetric.SCRAPES);
    answers = counter(instruments, ScalerMetric.ANSWERS);
  }

  private static Counter counter(Instruments instruments, ScalerMetric metric) {
    Counter counter = instruments.counter(metric);
    metric.row().labels().getLast().values().forEach(counter::initLabelValues);
    return counter;
  }

  /**
   * Adds what is computed when it is scraped; called once.
   *
   * @param pods numbers of pods by what is known of them: fresh, stale, unknown
   * @param streams open streams
   */
  public void watch(Supplier<Map<String, Integer>> pods, IntSupplier streams) {
    MultiCollector collector =
        () -> {
          Samples samples = new Samples(NO_MODEL);
          pods.get().forEach((state, count) -> samples.add(ScalerMetric.PODS, (long) count, state));
          samples.add(ScalerMetric.STREAMS, (long) streams.getAsInt());
          return samples.build();
        };
    registry.register(collector);
  }

  /** A pod answered, or did not. */
  public void scraped(boolean isAnswered) {
    scrapes.labelValues(isAnswered ? "ok" : "failed").inc();
  }

  public void answered(Outcome outcome) {
    answers.labelValues(outcome.name().toLowerCase(Locale.ROOT)).inc();
  }

  /** Answers GET /metrics. */
  public HttpHandler handler() {
    return new MetricsHandler(registry, MetricNames.ofScaler());
  }
}
