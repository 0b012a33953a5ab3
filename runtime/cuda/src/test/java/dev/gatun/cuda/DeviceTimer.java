package dev.gatun.cuda;

/** Times what a device does, by its own clock: events around work on the stream of ops. */
final class DeviceTimer {
  private final CudaDevice device;
  private final long start;
  private final long end;

  DeviceTimer(CudaDevice device) {
    this.device = device;
    start = device.driver().getLong(CudaDriver.cuEventCreate, 0);
    end = device.driver().getLong(CudaDriver.cuEventCreate, 0);
  }

  /** Waits until the work is done. */
  double seconds(Runnable work) {
    device.driver().recordEvent(start, device.stream());
    work.run();
    device.driver().recordEvent(end, device.stream());
    device.synchronize();
    return device.driver().elapsedMillis(start, end) / 1e3;
  }

  /** The least of some runs: what disturbs one only adds to it. */
  double bestSeconds(int numRuns, Runnable work) {
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < numRuns; i++) {
      best = Math.min(best, seconds(work));
    }
    return best;
  }
}
