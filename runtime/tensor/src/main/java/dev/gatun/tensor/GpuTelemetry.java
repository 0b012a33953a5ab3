package dev.gatun.tensor;

import java.util.List;

/**
 * What the GPUs of a backend say about themselves. Called by scrapes, from any thread, also while
 * the engine computes: an implementation answers within a few milliseconds, never touches the
 * stream of the engine, and does not throw; a figure that it cannot have is NaN.
 */
public interface GpuTelemetry {

  /** Of a backend without GPU. */
  GpuTelemetry NONE = List::of;

  /** One reading per GPU that the backend uses; none once the driver is gone. */
  List<GpuReading> read();
}
