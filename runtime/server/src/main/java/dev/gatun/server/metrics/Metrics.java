package dev.gatun.server.metrics;

import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.status.StartupWatch;
import dev.gatun.tensor.GpuTelemetry;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The metrics of this process: what feeds them and what shows them. Any thread. */
public final class Metrics {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final EngineMetrics engineMetrics;
  private final EngineCollector engineCollector;
  private final ServerCollector serverCollector;
  private final HttpMetrics httpMetrics;
  private final GrpcMetrics grpcMetrics;
  private final CounterDataPoint spansDropped;
  private final Counter exportFailures;
  private final Instruments instruments;
  private final MetricsHandler handler = new MetricsHandler(registry);

  /**
   * Everything with 0.
   *
   * @param modelName first served name
   * @param legacyNames whether the names that vLLM has retired are shown
   * @param clock of the engine
   * @param isDraining whether the server has been told to stop
   */
  public Metrics(
      String modelName,
      boolean legacyNames,
      LongSupplier clock,
      StartupWatch startup,
      BooleanSupplier isDraining) {
    instruments = new Instruments(registry, modelName);
    engineMetrics = new EngineMetrics(instruments, legacyNames);
    engineCollector = new EngineCollector(modelName, legacyNames, clock);
    serverCollector = new ServerCollector(modelName, startup, isDraining);
    httpMetrics = new HttpMetrics(instruments, clock);
    grpcMetrics = new GrpcMetrics(instruments, clock);
    registry.register(engineCollector);
    registry.register(serverCollector);
    spansDropped =
        instruments
            .counter(GatunMetric.OTLP_SPANS_DROPPED)
            .labelValues(instruments.labels(GatunMetric.OTLP_SPANS_DROPPED));
    exportFailures = instruments.counter(GatunMetric.OTLP_EXPORT_FAILURES);
    for (String signal : GatunMetric.OTLP_EXPORT_FAILURES.row().labels().getLast().values()) {
      exportFailures.initLabelValues(instruments.labels(GatunMetric.OTLP_EXPORT_FAILURES, signal));
    }
  }

  /**
   * Shows what the plan has settled and gives what feeds the metrics of the engine; called once.
   *
   * @param maxModelLen upper end of the token histograms
   */
  public EngineObserver planned(int maxModelLen, CacheFacts cache) {
    engineCollector.planned(cache);
    return engineMetrics.observer(maxModelLen);
  }

  /**
   * From now on the state of this engine is shown.
   *
   * @param engine cheap and callable from any thread
   * @param version of the server
   * @param device name of the backend
   */
  public void watch(
      Supplier<EngineSnapshot> engine, String version, String device, GpuTelemetry gpus) {
    engineCollector.watch(engine);
    serverCollector.planned(version, device, gpus);
  }

  /**
   * The same handler with its calls counted.
   *
   * @param routes gives the pattern of the route that a path takes
   */
  public HttpHandler counted(HttpHandler root, UnaryOperator<String> routes) {
    return httpMetrics.guard(root, routes);
  }

  /** Counts the calls of these services. */
  public ServerInterceptor counting(List<ServerServiceDefinition> services) {
    grpcMetrics.announce(services);
    return grpcMetrics;
  }

  /** So many spans were not exported. */
  public void spansDropped(long count) {
    spansDropped.inc(count);
  }

  /**
   * An export did not reach a collector.
   *
   * @param signal {@code traces} or {@code metrics}
   */
  public void exportFailed(String signal) {
    exportFailures.labelValues(instruments.labels(GatunMetric.OTLP_EXPORT_FAILURES, signal)).inc();
  }

  /** What a scrape shows now. */
  public MetricSnapshots scrape() {
    return handler.scrape();
  }

  /** Answers GET /metrics. */
  public HttpHandler handler() {
    return handler;
  }
}
