package dev.gatun.cuda;

import static dev.gatun.cuda.CFunction.status;
import static dev.gatun.cuda.CudaLayouts.NVML_MEMORY;
import static dev.gatun.cuda.CudaLayouts.NVML_UTILIZATION;
import static dev.gatun.cuda.CudaLayouts.offset;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.GpuReading;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * NVML, which knows how a device fares without disturbing it; bound like {@link CudaDriver}. Not
 * only for the backend's thread: whoever scrapes metrics reads it.
 */
final class Nvml {
  static final String FILE_NAME = "libnvidia-ml.so.1";

  static final CFunction nvmlInit = status("nvmlInit_v2");
  static final CFunction nvmlShutdown = status("nvmlShutdown");
  static final CFunction nvmlDeviceGetHandleByPciBusId =
      status("nvmlDeviceGetHandleByPciBusId_v2", ADDRESS, ADDRESS);
  static final CFunction nvmlDeviceGetName =
      status("nvmlDeviceGetName", JAVA_LONG, ADDRESS, JAVA_INT);
  static final CFunction nvmlDeviceGetUUID =
      status("nvmlDeviceGetUUID", JAVA_LONG, ADDRESS, JAVA_INT);
  static final CFunction nvmlDeviceGetIndex = status("nvmlDeviceGetIndex", JAVA_LONG, ADDRESS);
  static final CFunction nvmlDeviceGetClockInfo =
      status("nvmlDeviceGetClockInfo", JAVA_LONG, JAVA_INT, ADDRESS);
  static final CFunction nvmlDeviceGetMemoryInfo =
      status("nvmlDeviceGetMemoryInfo", JAVA_LONG, ADDRESS);
  static final CFunction nvmlDeviceGetUtilizationRates =
      status("nvmlDeviceGetUtilizationRates", JAVA_LONG, ADDRESS);
  static final CFunction nvmlDeviceGetTemperature =
      status("nvmlDeviceGetTemperature", JAVA_LONG, JAVA_INT, ADDRESS);
  static final CFunction nvmlDeviceGetPowerUsage =
      status("nvmlDeviceGetPowerUsage", JAVA_LONG, ADDRESS);
  static final CFunction nvmlDeviceGetTotalEccErrors =
      status("nvmlDeviceGetTotalEccErrors", JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS);

  static final int CLOCK_SM = 1;
  static final int TEMPERATURE_GPU = 0;
  static final int MEMORY_ERROR_UNCORRECTED = 1;
  static final int VOLATILE_ECC = 0;
  private static final int TEXT_BYTES = 96;

  private final ReentrantLock lock = new ReentrantLock();
  private final NativeLibrary library;
  private final MemorySegment out = Arena.ofAuto().allocate(128, 16);
  private final long device;

  private Nvml(NativeLibrary library, String pciBusId) {
    this.library = library;
    check(nvmlInit, library.status(nvmlInit));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment busId = arena.allocateFrom(pciBusId);
      check(
          nvmlDeviceGetHandleByPciBusId, library.status(nvmlDeviceGetHandleByPciBusId, busId, out));
    }
    device = out.get(JAVA_LONG, 0);
  }

  /** The reader of a device; empty where NVML is absent or does not know it. */
  static Optional<Nvml> open(LibraryPath path, String pciBusId) {
    try {
      return Optional.of(new Nvml(NativeLibrary.load(FILE_NAME, path), pciBusId));
    } catch (BackendException e) {
      return Optional.empty();
    }
  }

  private static void check(CFunction function, int status) {
    if (status != 0) {
      throw new CudaException(function.name(), status, "nvmlReturn_t", "NVML refused", false);
    }
  }

  /** Reads all figures; those that the device does not give are NaN. Any thread. */
  GpuReading read() {
    lock.lock();
    try {
      String uuid = isAnswered(nvmlDeviceGetUUID, device, out, TEXT_BYTES) ? out.getString(0) : "";
      String name = isAnswered(nvmlDeviceGetName, device, out, TEXT_BYTES) ? out.getString(0) : "";
      int index = isAnswered(nvmlDeviceGetIndex, device, out) ? out.get(JAVA_INT, 0) : 0;
      boolean hasMemory = isAnswered(nvmlDeviceGetMemoryInfo, device, out);
      double used = hasMemory ? out.get(JAVA_LONG, offset(NVML_MEMORY, "used")) : Double.NaN;
      double total = hasMemory ? out.get(JAVA_LONG, offset(NVML_MEMORY, "total")) : Double.NaN;
      return new GpuReading(
          index,
          uuid,
          name,
          figure(nvmlDeviceGetUtilizationRates, offset(NVML_UTILIZATION, "gpu"), 0.01),
          used,
          total,
          figure(nvmlDeviceGetPowerUsage, 0, 1e-3),
          isAnswered(nvmlDeviceGetTemperature, device, TEMPERATURE_GPU, out)
              ? out.get(JAVA_INT, 0)
              : Double.NaN,
          isAnswered(nvmlDeviceGetClockInfo, device, CLOCK_SM, out)
              ? out.get(JAVA_INT, 0) * 1e6
              : Double.NaN);
    } finally {
      lock.unlock();
    }
  }

  private double figure(CFunction function, long at, double unit) {
    return isAnswered(function, device, out) ? out.get(JAVA_INT, at) * unit : Double.NaN;
  }

  /** Memory errors that could not be corrected since the driver was loaded; -1 if not counted. */
  long eccUncorrected() {
    lock.lock();
    try {
      boolean isCounted =
          isAnswered(
              nvmlDeviceGetTotalEccErrors, device, MEMORY_ERROR_UNCORRECTED, VOLATILE_ECC, out);
      return isCounted ? out.get(JAVA_LONG, 0) : -1;
    } finally {
      lock.unlock();
    }
  }

  /** False where the device, or a driver of this age, does not give the figure. */
  private boolean isAnswered(CFunction function, Object... arguments) {
    return library.has(function) && library.status(function, arguments) == 0;
  }
}
