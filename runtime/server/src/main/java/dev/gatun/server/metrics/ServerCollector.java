package dev.gatun.server.metrics;

import dev.gatun.server.status.StartupWatch;
import dev.gatun.server.status.StartupWatch.Phase;
import dev.gatun.tensor.GpuReading;
import dev.gatun.tensor.GpuTelemetry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What the process says about itself beside its engine. Any thread. */
final class ServerCollector implements MultiCollector {
  private static final double NANOS_PER_SECOND = 1e9;

  private final String modelName;
  private final StartupWatch startup;
  private final BooleanSupplier isDraining;
  private volatile @Nullable Build build;
  private volatile GpuTelemetry gpus = GpuTelemetry.NONE;

  private record Build(String version, String device) {}

  ServerCollector(String modelName, StartupWatch startup, BooleanSupplier isDraining) {
    this.modelName = modelName;
    this.startup = startup;
    this.isDraining = isDraining;
  }

  void planned(String version, String device, GpuTelemetry telemetry) {
    build = new Build(version, device);
    gpus = telemetry;
  }

  @Override
  public MetricSnapshots collect() {
    Samples samples = new Samples(modelName);
    StartupWatch.Progress progress = startup.progress();
    for (Phase phase : Phase.values()) {
      samples.add(GatunMetric.STARTUP_PHASE, phase == progress.phase() ? 1 : 0, phase.wireName());
      if (phase != Phase.READY) {
        samples.add(
            GatunMetric.STARTUP_SECONDS,
            progress.nanosOf(phase) / NANOS_PER_SECOND,
            phase.wireName());
      }
    }
    samples.add(GatunMetric.LOAD_BYTES, progress.loadBytes());
    samples.add(GatunMetric.LOAD_BYTES_PER_SECOND, progress.loadBytesPerSecond());
    samples.add(GatunMetric.DRAINING, isDraining.getAsBoolean() ? 1 : 0);
    Build known = build;
    if (known != null) {
      samples.add(GatunMetric.BUILD_INFO, 1, known.version, known.device);
    }
    gpus.read().forEach(gpu -> addGpu(samples, gpu));
    return samples.build();
  }

  private static void addGpu(Samples samples, GpuReading gpu) {
    String index = Integer.toString(gpu.index());
    samples.add(GpuMetric.INFO, 1, index, gpu.uuid(), gpu.name());
    addIfKnown(samples, GpuMetric.UTILIZATION, gpu.utilization(), index);
    addIfKnown(samples, GpuMetric.MEMORY_USED, gpu.memoryUsedBytes(), index);
    addIfKnown(samples, GpuMetric.MEMORY_TOTAL, gpu.memoryTotalBytes(), index);
    addIfKnown(samples, GpuMetric.POWER, gpu.powerWatts(), index);
    addIfKnown(samples, GpuMetric.TEMPERATURE, gpu.temperatureCelsius(), index);
    addIfKnown(samples, GpuMetric.SM_CLOCK, gpu.smClockHertz(), index);
  }

  private static void addIfKnown(Samples samples, GpuMetric metric, double value, String index) {
    if (!Double.isNaN(value)) {
      samples.add(metric, value, index);
    }
  }
}
