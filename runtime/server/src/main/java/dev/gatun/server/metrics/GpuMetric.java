package dev.gatun.server.metrics;

import static dev.gatun.server.metrics.MetricRow.gauge;

import dev.gatun.server.metrics.MetricRow.Presence;
import dev.gatun.server.metrics.MetricRow.Unit;

/** One row per figure of a GPU; the label gpu is its index on the node. */
@SuppressWarnings("ImmutableEnumChecker") // A row copies its lists.
enum GpuMetric implements MetricName {
  INFO(
      gauge("gatun:gpu_info", Unit.NONE, "Which GPU it is; always 1.")
          .label("gpu")
          .label("uuid")
          .label("name")),
  UTILIZATION(
      gauge("gatun:gpu_utilization_ratio", Unit.RATIO, "Time in which a kernel ran, 0 to 1.")
          .label("gpu")),
  MEMORY_USED(
      gauge("gatun:gpu_memory_used_bytes", Unit.BYTES, "Memory in use, by whomever.").label("gpu")),
  MEMORY_TOTAL(gauge("gatun:gpu_memory_total_bytes", Unit.BYTES, "Memory there is.").label("gpu")),
  POWER(gauge("gatun:gpu_power_watts", Unit.WATTS, "Power drawn.").label("gpu")),
  TEMPERATURE(
      gauge("gatun:gpu_temperature_celsius", Unit.CELSIUS, "Temperature of the chip.")
          .label("gpu")),
  SM_CLOCK(
      gauge("gatun:gpu_sm_clock_hertz", Unit.HERTZ, "Clock of the multiprocessors.").label("gpu"));

  private final MetricRow row;

  GpuMetric(MetricRow row) {
    this.row = row.when(Presence.GPU);
  }

  @Override
  public MetricRow row() {
    return row;
  }
}
