package dev.gatun.cuda;

import static dev.gatun.cuda.CudaLayouts.CU_LAUNCH_CONFIG;
import static dev.gatun.cuda.CudaLayouts.offset;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A kernel with the memory for its argument and launch, so that a launch allocates nothing: fields
 * are put in the order of the struct, then {@link #launch} checks that none is missing. The driver
 * copies them before it returns. One thread at a time.
 */
final class CudaKernel {
  private static final long GRID = offset(CU_LAUNCH_CONFIG, "gridDimX");
  private static final long BLOCK = offset(CU_LAUNCH_CONFIG, "blockDimX");
  private static final long SHARED = offset(CU_LAUNCH_CONFIG, "sharedMemBytes");
  private static final long STREAM = offset(CU_LAUNCH_CONFIG, "hStream");

  private final CudaDriver driver;
  private final String name;
  private final long function;
  private final MemorySegment arguments;
  private final MemorySegment config;
  private final MemorySegment pointers;
  private long next;

  /** For a function that takes such a struct, to run on the stream. */
  CudaKernel(CudaDriver driver, String name, long function, KernelStruct struct, long stream) {
    this.driver = driver;
    this.name = name;
    this.function = function;
    Arena arena = Arena.ofAuto();
    arguments = arena.allocate(struct.layout());
    pointers = arena.allocate(ADDRESS);
    pointers.set(ADDRESS, 0, arguments);
    config = arena.allocate(CU_LAUNCH_CONFIG);
    config.set(JAVA_INT, BLOCK + 4, 1);
    config.set(JAVA_INT, BLOCK + 8, 1);
    config.set(JAVA_LONG, STREAM, stream);
  }

  String name() {
    return name;
  }

  long function() {
    return function;
  }

  /** Puts a pointer or stride. */
  CudaKernel put(long value) {
    arguments.set(JAVA_LONG, next, value);
    next += 8;
    return this;
  }

  /** Puts the address of a tensor's memory. */
  CudaKernel put(Tensor tensor) {
    return put(tensor.data().address());
  }

  CudaKernel put(int value) {
    arguments.set(JAVA_INT, next, value);
    next += 4;
    return this;
  }

  CudaKernel put(float value) {
    arguments.set(JAVA_FLOAT, next, value);
    next += 4;
    return this;
  }

  /** Queues the kernel. */
  void launch(long gridX, long gridY, long gridZ, int block, int sharedBytes) {
    long written = next;
    next = 0;
    if (written != arguments.byteSize()) {
      throw new IllegalStateException(
          name + ": " + written + " bytes of arguments, expected " + arguments.byteSize());
    }
    config.set(JAVA_INT, GRID, Math.toIntExact(gridX));
    config.set(JAVA_INT, GRID + 4, Math.toIntExact(gridY));
    config.set(JAVA_INT, GRID + 8, Math.toIntExact(gridZ));
    config.set(JAVA_INT, BLOCK, block);
    config.set(JAVA_INT, SHARED, sharedBytes);
    driver.launch(config, function, pointers);
  }
}
