package dev.gatun.server.metrics;

import static dev.gatun.server.metrics.MetricRow.counter;
import static dev.gatun.server.metrics.MetricRow.gauge;
import static dev.gatun.server.metrics.MetricRow.summary;

import dev.gatun.server.metrics.MetricRow.Unit;

/** The process and its JVM, as the Prometheus client's own collectors name them. */
@SuppressWarnings("ImmutableEnumChecker") // A row copies its lists.
enum PlatformMetric implements MetricName {
  PROCESS_CPU(counter("process_cpu_seconds", Unit.SECONDS, "CPU time spent.")),
  PROCESS_START_TIME(
      gauge("process_start_time_seconds", Unit.SECONDS, "When the process began, Unix time.")),
  PROCESS_OPEN_FDS(gauge("process_open_fds", Unit.NONE, "Open file descriptors.")),
  PROCESS_MAX_FDS(gauge("process_max_fds", Unit.NONE, "Most file descriptors it may open.")),
  PROCESS_VIRTUAL_MEMORY(
      gauge("process_virtual_memory_bytes", Unit.BYTES, "Address space, mapped weights included.")),
  PROCESS_RESIDENT_MEMORY(
      gauge(
          "process_resident_memory_bytes",
          Unit.BYTES,
          "Memory in RAM, touched pages of mapped weights included.")),
  JVM_MEMORY_USED(
      gauge("jvm_memory_used_bytes", Unit.BYTES, "Memory in use.")
          .label("area", "heap", "nonheap")),
  JVM_MEMORY_COMMITTED(
      gauge("jvm_memory_committed_bytes", Unit.BYTES, "Memory the JVM has taken.")
          .label("area", "heap", "nonheap")),
  JVM_MEMORY_MAX(
      gauge("jvm_memory_max_bytes", Unit.BYTES, "Memory it may take, -1 for no bound.")
          .label("area", "heap", "nonheap")),
  JVM_GC(
      summary("jvm_gc_collection_seconds", Unit.SECONDS, "Collections and the time they took.")
          .label("gc")),
  JVM_RUNTIME(
      gauge("jvm_runtime_info", Unit.NONE, "Which JVM it is; always 1.")
          .label("version")
          .label("vendor")
          .label("runtime"));

  private final MetricRow row;

  PlatformMetric(MetricRow row) {
    this.row = row;
  }

  @Override
  public MetricRow row() {
    return row;
  }
}
