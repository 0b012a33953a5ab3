package dev.gatun.cuda;

import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.MemoryFacts;
import org.jspecify.annotations.Nullable;

/**
 * One device: its context, the stream that ops run on, and a second one for copies between KV cache
 * and host. One thread at a time; {@link #makeCurrent} has to be called when it may have changed.
 */
final class CudaDevice implements AutoCloseable {
  /** Least compute capability that kernels are built for. */
  private static final int MIN_MAJOR = 8;

  /** Oldest driver that tells the arguments of a kernel: CUDA 12.4. */
  private static final int MIN_DRIVER = 12040;

  private final CudaDriver driver;
  private final int ordinal;
  private final String name;
  private final int major;
  private final int minor;
  private final int numMultiprocessors;
  private final int maxSharedBytes;
  private final long context;
  private final long stream;
  private final long copyStream;
  private @Nullable Thread current;
  private boolean isClosed;

  private CudaDevice(CudaDriver driver, int ordinal) {
    this.driver = driver;
    this.ordinal = ordinal;
    name = driver.deviceName(ordinal);
    major = attribute(CudaDriver.ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    minor = attribute(CudaDriver.ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    numMultiprocessors = attribute(CudaDriver.ATTRIBUTE_MULTIPROCESSOR_COUNT);
    maxSharedBytes = attribute(CudaDriver.ATTRIBUTE_MAX_SHARED_PER_BLOCK_OPTIN);
    context = driver.getLong(CudaDriver.cuDevicePrimaryCtxRetain, ordinal);
    makeCurrent();
    stream = driver.getLong(CudaDriver.cuStreamCreate, CudaDriver.STREAM_NON_BLOCKING);
    copyStream = driver.getLong(CudaDriver.cuStreamCreate, CudaDriver.STREAM_NON_BLOCKING);
  }

  /**
   * Why there is no device to run on, as a sentence; null if there is one.
   *
   * @param driver not yet initialised
   */
  static @Nullable String whyNot(CudaDriver driver, int ordinal) {
    try {
      driver.call(CudaDriver.cuInit, 0);
      int version = driver.getInt(CudaDriver.cuDriverGetVersion);
      if (version < MIN_DRIVER) {
        return "the driver is for CUDA %d.%d, 12.4 is the oldest that will do"
            .formatted(version / 1000, version % 1000 / 10);
      }
      int count = driver.getInt(CudaDriver.cuDeviceGetCount);
      if (ordinal >= count) {
        return "the driver shows %d devices".formatted(count);
      }
      int major =
          driver.getInt(
              CudaDriver.cuDeviceGetAttribute,
              CudaDriver.ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
              ordinal);
      if (major < MIN_MAJOR) {
        return "%s has compute capability %d.x, kernels are made for 8.0 and newer"
            .formatted(driver.deviceName(ordinal), major);
      }
      return null;
    } catch (BackendException e) {
      return e.getMessage();
    }
  }

  /** Opens a device of an initialised driver. */
  static CudaDevice open(CudaDriver driver, int ordinal) {
    return new CudaDevice(driver, ordinal);
  }

  private int attribute(int attribute) {
    return driver.getInt(CudaDriver.cuDeviceGetAttribute, attribute, ordinal);
  }

  CudaDriver driver() {
    return driver;
  }

  String name() {
    return name;
  }

  /** For example {@code 9.0}. */
  String computeCapability() {
    return major + "." + minor;
  }

  int numMultiprocessors() {
    return numMultiprocessors;
  }

  /** Shared memory that a block may have if it asks for it. */
  int maxSharedBytes() {
    return maxSharedBytes;
  }

  /** Ops and everything in order with them. */
  long stream() {
    return stream;
  }

  /** Copies between KV cache and host. */
  long copyStream() {
    return copyStream;
  }

  /** Contexts belong to threads: the one that computes need not be the one that loaded. */
  void makeCurrent() {
    if (isClosed) {
      throw new IllegalStateException("the cuda backend is closed");
    }
    Thread thread = Thread.currentThread();
    if (!thread.equals(current)) {
      driver.call(CudaDriver.cuCtxSetCurrent, context);
      current = thread;
    }
  }

  /** Waits for all ops. */
  void synchronize() {
    driver.synchronize(stream);
  }

  MemoryFacts memoryFacts() {
    long[] info = driver.memoryInfo();
    return new MemoryFacts(info[1], info[0], "memory of " + name);
  }

  @Override
  public void close() {
    isClosed = true;
    driver.call(CudaDriver.cuStreamDestroy, copyStream);
    driver.call(CudaDriver.cuStreamDestroy, stream);
    driver.call(CudaDriver.cuDevicePrimaryCtxRelease, ordinal);
  }
}
