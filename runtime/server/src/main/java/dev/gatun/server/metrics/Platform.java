package dev.gatun.server.metrics;

import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmRuntimeInfoMetric;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Figures of the process and its JVM. Registered by the first scrape: the management classes behind
 * them take some 50 ms to load, which the start need not pay.
 */
final class Platform {
  private final PrometheusRegistry registry;
  private final AtomicBoolean isRegistered = new AtomicBoolean();

  Platform(PrometheusRegistry registry) {
    this.registry = registry;
  }

  void registerOnce() {
    if (isRegistered.compareAndSet(false, true)) {
      ProcessMetrics.builder().register(registry);
      JvmMemoryMetrics.builder().register(registry);
      JvmGarbageCollectorMetrics.builder().register(registry);
      JvmRuntimeInfoMetric.builder().register(registry);
    }
  }
}
