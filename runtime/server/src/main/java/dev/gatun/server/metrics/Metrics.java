package dev.gatun.server.metrics;

import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.server.http.HttpHandler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.Supplier;

/** The metrics of this process: what feeds them and what shows them. Any thread. */
public final class Metrics {
  private final PrometheusRegistry registry = new PrometheusRegistry();

  /**
   * Counters and histograms of an engine, there with 0 from now on; called once per engine.
   *
   * @param modelName first served name
   * @param maxModelLen upper end of the token histograms
   */
  public EngineObserver observer(String modelName, int maxModelLen) {
    return new EngineMetrics(registry, modelName, maxModelLen);
  }

  /**
   * Gauges of an engine, computed when they are scraped; called once per engine.
   *
   * @param engine cheap and callable from any thread
   */
  public void watch(String modelName, Supplier<EngineSnapshot> engine) {
    EngineGauges.register(registry, modelName, engine);
  }

  /** Answers GET /metrics. */
  public HttpHandler handler() {
    return new MetricsHandler(registry);
  }
}
