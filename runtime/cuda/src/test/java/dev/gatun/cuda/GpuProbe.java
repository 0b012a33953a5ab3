package dev.gatun.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.BackendException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Measures what a GPU can do at most: {@code GpuProbe PROBES.fatbin} answers every line on its
 * input with the gigabytes per second that all multiprocessors read, as {@code
 * native/bench/read_probe.c} does for a host; with {@code matrix} behind it prints the rate of its
 * matrix units in TFLOP/s. {@code gatun.probe.bytes} and {@code gatun.probe.iterations} make the
 * work smaller, for a device that is emulated.
 */
public final class GpuProbe implements AutoCloseable {
  /** More than caches hold. */
  private static final long BYTES = Long.getLong("gatun.probe.bytes", 2L << 30);

  private static final int READ_BLOCK = 512;
  private static final int MATRIX_BLOCK = 256;
  private static final int ITERATIONS = Integer.getInteger("gatun.probe.iterations", 20_000);
  private static final int RUNS = 5;

  private static final StructLayout ARGS =
      MemoryLayout.structLayout(
              JAVA_LONG.withName("data"),
              JAVA_LONG.withName("out"),
              JAVA_LONG.withName("vectors"),
              JAVA_INT.withName("iterations"),
              JAVA_INT.withName("padding"))
          .withName("ProbeArgs");

  private final CudaDevice device;
  private final CudaModule module;
  private final CudaKernel read;
  private final CudaKernel matrix;
  private final DeviceTimer timer;
  private final int grid;
  private final long out;

  private GpuProbe(byte[] image) {
    String library = System.getProperty(CudaProvider.LIBRARY_PROPERTY);
    CudaDriver driver =
        new CudaDriver(
            library == null
                ? NativeLibrary.load("libcuda.so.1", new LibraryPath(Optional.empty()))
                : NativeLibrary.ofFile(Path.of(library)));
    String reason = CudaDevice.whyNot(driver, 0);
    if (reason != null) {
      throw new BackendException(reason);
    }
    device = CudaDevice.open(driver, 0);
    module = CudaModule.load(driver, image, device.stream());
    read = module.kernel("probe_read", KernelStruct.of(ARGS));
    matrix = module.kernel("probe_matrix", KernelStruct.of(ARGS));
    timer = new DeviceTimer(device);
    grid = 8 * device.numMultiprocessors();
    out = driver.getLong(CudaDriver.cuMemAlloc, 4L * grid * READ_BLOCK);
  }

  private double best(double work, Runnable launch) {
    return work / timer.bestSeconds(RUNS, launch);
  }

  double bytesPerSecond() {
    long data = device.driver().getLong(CudaDriver.cuMemAlloc, BYTES);
    double best =
        best((double) BYTES, () -> put(read, data, BYTES / 16).launch(grid, 1, 1, READ_BLOCK, 0));
    device.driver().call(CudaDriver.cuMemFree, data);
    return best;
  }

  double flopsPerSecond() {
    double warps = (double) grid * MATRIX_BLOCK / 32;
    double work = warps * ITERATIONS * 8 * 2 * 16 * 8 * 16;
    return best(work, () -> put(matrix, 0, 0).launch(grid, 1, 1, MATRIX_BLOCK, 0));
  }

  private CudaKernel put(CudaKernel kernel, long data, long vectors) {
    return kernel.put(data).put(out).put(vectors).put(ITERATIONS).put(0);
  }

  @Override
  public void close() {
    module.close();
    device.close();
  }

  /** See above. */
  public static void main(String[] args) throws IOException {
    try (GpuProbe probe = new GpuProbe(Files.readAllBytes(Path.of(args[0])))) {
      if (args.length > 1 && args[1].equals("matrix")) {
        System.out.printf(Locale.ROOT, "%.4f%n", probe.flopsPerSecond() / 1e12);
        return;
      }
      BufferedReader questions =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
      while (questions.readLine() != null) {
        System.out.printf(Locale.ROOT, "%.3f%n", probe.bytesPerSecond() / 1e9);
        System.out.flush();
      }
    }
  }
}
