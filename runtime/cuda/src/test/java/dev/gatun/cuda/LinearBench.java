package dev.gatun.cuda;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Times BF16 linear layers by our kernels and, where it is found, by cuBLASLt on the same memory:
 * {@code LinearBench ROWS,ROWS,... OUTxIN,OUTxIN,...}. Ends with 1 if the two disagree.
 */
public final class LinearBench implements AutoCloseable {
  /** Together the copies of a weight are larger than any cache, as the layers of a model are. */
  private static final long COLD_BYTES = 256L << 20;

  private static final int MAX_COPIES = 16;
  private static final long WORKSPACE_BYTES = 32L << 20;
  private static final int RUNS = 5;
  private static final double RUN_SECONDS = 4e-3;

  /** Of the largest output: both round it to 8 bits once. */
  private static final double BOUND = 0.01;

  private final CudaBackend backend;
  private final DeviceTimer timer;
  private final @Nullable CublasLt library;
  private final long handle;
  private final long workspace;
  private final SplittableRandom random = new SplittableRandom(7);
  private boolean isSound = true;

  private LinearBench() {
    backend =
        (CudaBackend) new CudaProvider().open(BackendOptions.defaults().withDtype(DType.BF16));
    timer = new DeviceTimer(backend.device());
    library = find();
    handle = library == null ? 0 : library.create(CublasLt.cublasLtCreate);
    workspace = backend.device().driver().getLong(CudaDriver.cuMemAlloc, WORKSPACE_BYTES);
  }

  /** Beside the driver that was named, or where the system has it; null if nowhere. */
  private static @Nullable CublasLt find() {
    String driver = System.getProperty(CudaProvider.LIBRARY_PROPERTY);
    LibraryPath path =
        new LibraryPath(Optional.ofNullable(driver).map(file -> Path.of(file).getParent()));
    for (String name : CublasLt.FILE_NAMES) {
      try {
        NativeLibrary found = NativeLibrary.load(name, path);
        CublasLt library = new CublasLt(found);
        System.out.printf("cuBLASLt %d (%s)%n", library.version(), found.location());
        return library;
      } catch (BackendException e) {
        System.out.println("not compared: " + e.getMessage());
      }
    }
    return null;
  }

  /** One layer in some copies, so that no run finds its weight in a cache. */
  private record Layer(int outFeatures, int inFeatures, List<LinearWeight> copies) {
    CudaLinearWeight.Part part(int i) {
      return ((CudaLinearWeight) copies.get(i % copies.size())).parts().getFirst();
    }

    double bytes() {
      return 2.0 * outFeatures * inFeatures;
    }
  }

  private Layer layer(int outFeatures, int inFeatures) {
    List<LinearWeight> copies = new ArrayList<>();
    long bytes = 2L * outFeatures * inFeatures;
    try (Arena arena = Arena.ofShared()) {
      Tensor weight =
          Tensor.of(DType.BF16, Shape.of(outFeatures, inFeatures), arena.allocate(bytes, 64));
      fill(weight.data());
      LinearSource source = LinearSource.plain("layer", List.of(weight), List.of());
      while (copies.size() < MAX_COPIES && copies.size() * bytes < COLD_BYTES) {
        copies.add(backend.placeLinear(source));
      }
      backend.device().synchronize();
    }
    return new Layer(outFeatures, inFeatures, copies);
  }

  /** Numbers in (-1, 1), a block of them over and over. */
  private void fill(MemorySegment values) {
    long block = Math.min(values.byteSize(), 2L << 20);
    for (long at = 0; at < block; at += 2) {
      float value = (float) random.nextDouble(-1, 1);
      values.set(JAVA_SHORT, at, (short) (Float.floatToRawIntBits(value) >>> 16));
    }
    for (long at = block; at < values.byteSize(); at += block) {
      MemorySegment.copy(values, 0, values, at, Math.min(block, values.byteSize() - at));
    }
  }

  private Tensor input(int rows, int columns) {
    Tensor device = backend.allocate(DType.BF16, Shape.of(rows, columns), "x");
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate(2L * rows * columns, 64);
      fill(host);
      backend
          .device()
          .driver()
          .memcpyHtoD(device.data().address(), host, host.byteSize(), backend.device().stream());
      backend.device().synchronize();
    }
    return device;
  }

  private void measure(Layer layer, int rows) {
    Tensor x = input(rows, layer.inFeatures());
    Tensor out = backend.allocate(DType.BF16, Shape.of(rows, layer.outFeatures()), "out");
    double ours =
        secondsOf(i -> backend.ops().linear(out, x, layer.copies().get(i % layer.copies().size())));
    double flops = 2.0 * rows * layer.outFeatures() * layer.inFeatures();
    System.out.printf(
        Locale.ROOT,
        "%6d %7d %7d %10.1f %9.1f %9.1f",
        rows,
        layer.outFeatures(),
        layer.inFeatures(),
        ours * 1e6,
        flops / ours / 1e12,
        layer.bytes() / ours / 1e9);
    if (library != null) {
      compare(library, layer, x, out, ours);
    }
    System.out.println();
  }

  private void compare(CublasLt library, Layer layer, Tensor x, Tensor out, double ours) {
    int rows = x.numRows();
    Tensor other = backend.allocate(DType.BF16, Shape.of(rows, layer.outFeatures()), "other");
    try (LtProduct product =
        new LtProduct(
            library,
            handle,
            rows,
            layer.outFeatures(),
            layer.inFeatures(),
            layer.part(0).stride(),
            WORKSPACE_BYTES)) {
      double theirs =
          secondsOf(
              i ->
                  product.run(
                      layer.part(i).weight().address(),
                      x.data().address(),
                      other.data().address(),
                      workspace,
                      backend.device().stream()));
      double difference = difference(out, other);
      // NaN is not near.
      boolean isNear = difference <= BOUND;
      isSound &= isNear;
      System.out.printf(
          Locale.ROOT,
          " %12.1f %6.2f %11.1e%s",
          theirs * 1e6,
          theirs / ours,
          difference,
          isNear ? "" : " FAILED");
    }
  }

  /** The i-th launch of a run. */
  @FunctionalInterface
  private interface Launch {
    void run(int i);
  }

  /** Of one launch, in runs of as many as take some milliseconds. */
  private double secondsOf(Launch launch) {
    double first = timer.bestSeconds(2, () -> launch.run(0));
    int count = (int) Math.clamp(RUN_SECONDS / first, 1, 200);
    Runnable run =
        () -> {
          for (int i = 0; i < count; i++) {
            launch.run(i);
          }
        };
    return timer.bestSeconds(RUNS, run) / count;
  }

  /** The largest, as a share of the largest value. */
  private double difference(Tensor expected, Tensor actual) {
    int columns = expected.rowLength();
    float[] e = new float[columns];
    float[] a = new float[columns];
    double largest = 0;
    double worst = 0;
    for (int row = 0; row < expected.numRows(); row++) {
      backend.readFloats(expected, row, e);
      backend.readFloats(actual, row, a);
      for (int i = 0; i < columns; i++) {
        double error = Math.abs(e[i] - a[i]);
        if (Double.isNaN(error)) {
          return Double.NaN;
        }
        largest = Math.max(largest, Math.abs(e[i]));
        worst = Math.max(worst, error);
      }
    }
    return worst / largest;
  }

  @Override
  public void close() {
    if (library != null) {
      library.call(CublasLt.cublasLtDestroy, handle);
    }
    backend.device().driver().call(CudaDriver.cuMemFree, workspace);
    backend.close();
  }

  private static int[] numbers(String list, String separator) {
    return Stream.of(list.split(separator, -1)).mapToInt(Integer::parseInt).toArray();
  }

  /** See above. */
  public static void main(String[] args) {
    boolean isSound = true;
    for (String shape : args[1].split(",", -1)) {
      int[] sizes = numbers(shape, "x");
      // A bench for each layer: what it placed is given back.
      try (LinearBench bench = new LinearBench()) {
        System.out.printf(
            "%6s %7s %7s %10s %9s %9s %12s %6s %11s%n",
            "rows", "out", "in", "us", "TFLOP/s", "GB/s", "cuBLASLt us", "times", "difference");
        Layer layer = bench.layer(sizes[0], sizes[1]);
        for (int rows : numbers(args[0], ",")) {
          bench.measure(layer, rows);
        }
        isSound &= bench.isSound;
      }
    }
    System.exit(isSound ? 0 : 1);
  }
}
