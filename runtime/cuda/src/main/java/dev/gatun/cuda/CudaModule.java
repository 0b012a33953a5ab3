package dev.gatun.cuda;

import dev.gatun.tensor.BackendException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The kernels, loaded onto a device from the fatbin among the resources. Each kernel's argument is
 * compared with Java's idea of it before it can be launched: kernels and jar of different builds
 * stop the start instead of corrupting memory.
 */
final class CudaModule implements AutoCloseable {
  static final String RESOURCE = "native/gatun.fatbin";

  private static final byte[] FATBIN_MAGIC = {0x50, (byte) 0xed, 0x55, (byte) 0xba};

  /** More dynamic shared memory than this has to be asked for. */
  private static final int FREE_SHARED_BYTES = 48 << 10;

  private final CudaDriver driver;
  private final long stream;
  private final long module;
  private int numKernels;

  private CudaModule(CudaDriver driver, long stream, long module) {
    this.driver = driver;
    this.stream = stream;
    this.module = module;
  }

  /** Kernels as the build packed them; empty if it found no nvcc. */
  static Optional<byte[]> packagedImage() {
    try (InputStream in = CudaModule.class.getResourceAsStream(RESOURCE)) {
      return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
    } catch (IOException e) {
      throw new BackendException("cannot read the kernels, resource " + RESOURCE, e);
    }
  }

  /** Looks like a fatbin and holds nothing: the emulation has the kernels itself. */
  static byte[] emptyImage() {
    byte[] image = new byte[64];
    System.arraycopy(FATBIN_MAGIC, 0, image, 0, FATBIN_MAGIC.length);
    return image;
  }

  /**
   * Loads an image into the current context.
   *
   * @param stream on which the kernels will run
   */
  static CudaModule load(CudaDriver driver, byte[] image, long stream) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(image.length, 64);
      MemorySegment.copy(MemorySegment.ofArray(image), 0, copy, 0, image.length);
      return new CudaModule(driver, stream, driver.getLong(CudaDriver.cuModuleLoadData, copy));
    }
  }

  /**
   * A kernel of the module.
   *
   * @throws BackendException if it takes another argument than the struct
   */
  CudaKernel kernel(String name, KernelStruct struct) {
    return kernel(name, struct, 0);
  }

  /** As above, for launches with up to so much dynamic shared memory. */
  CudaKernel kernel(String name, KernelStruct struct, int maxSharedBytes) {
    long function = driver.function(module, name);
    checkArgument(name, function, struct);
    if (maxSharedBytes > FREE_SHARED_BYTES) {
      driver.call(
          CudaDriver.cuFuncSetAttribute,
          function,
          CudaDriver.FUNCTION_MAX_DYNAMIC_SHARED,
          maxSharedBytes);
    }
    numKernels++;
    return new CudaKernel(driver, name, function, struct, stream);
  }

  /**
   * What a kernel was compiled for, 80 for compute capability 8.0: a newer device may run code for
   * an older one, which lacks what units have learned since.
   */
  int virtualArchitecture(CudaKernel kernel) {
    return driver.getInt(
        CudaDriver.cuFuncGetAttribute, CudaDriver.FUNCTION_PTX_VERSION, kernel.function());
  }

  private void checkArgument(String name, long function, KernelStruct struct) {
    long expected = struct.layout().byteSize();
    long actual = driver.parameterBytes(function, 0);
    if (actual != expected || driver.parameterBytes(function, 1) >= 0) {
      throw new BackendException(
          ("kernel %s takes %s, expected one argument of %d bytes (%s); the kernels and the jar"
                  + " are of different builds")
              .formatted(
                  name,
                  actual == expected ? "more than one argument" : actual + " bytes",
                  expected,
                  struct.name()));
    }
  }

  /** Kernels handed out. */
  int numKernels() {
    return numKernels;
  }

  @Override
  public void close() {
    driver.call(CudaDriver.cuModuleUnload, module);
  }
}
