package dev.gatun.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Memory that a host backend owns: what was allocated lives until {@link #close} frees it at once.
 * Used by the thread that owns the backend.
 */
public final class HostArena implements AutoCloseable {
  private static final long ALIGNMENT = 64;
  private static final long PAGE_BYTES = 4096;

  private final HostMemory hostMemory;
  private final Arena arena = Arena.ofShared();
  private boolean isClosed;

  /** Takes the figures of available memory from the given source. */
  public HostArena(HostMemory hostMemory) {
    this.hostMemory = hostMemory;
  }

  /** The figures now. */
  public MemoryFacts facts() {
    return hostMemory.read();
  }

  /**
   * Zeroed memory aligned to 64 bytes. Every page is touched here, so that what was promised cannot
   * be missing under load.
   *
   * @param purpose names the tensor in the message when memory does not suffice
   * @throws BackendException if it is not available
   */
  public Tensor allocate(DType dtype, Shape shape, String purpose) {
    if (isClosed) {
      throw new IllegalStateException("allocate for " + purpose + " on a closed backend");
    }
    long bytes = bytesOf(dtype, shape, purpose);
    long available = facts().availableBytes();
    // The kernel hands out more than there is and kills the process when it is touched: ask first.
    if (bytes > available) {
      throw outOfMemory(purpose, bytes, available, null);
    }
    try {
      MemorySegment segment = arena.allocate(bytes, ALIGNMENT);
      for (long at = 0; at < bytes; at += PAGE_BYTES) {
        segment.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
      }
      return Tensor.of(dtype, shape, segment);
    } catch (OutOfMemoryError e) {
      throw outOfMemory(purpose, bytes, available, e);
    }
  }

  private static long bytesOf(DType dtype, Shape shape, String purpose) {
    try {
      return Math.multiplyExact(shape.numElements(), (long) dtype.bytes());
    } catch (ArithmeticException e) {
      throw new BackendException(purpose + ": " + dtype + shape + " is beyond any memory", e);
    }
  }

  private static BackendException outOfMemory(
      String purpose, long bytes, long available, @Nullable Throwable cause) {
    return new BackendException(
        purpose + " needs " + bytes + " bytes, " + available + " are available", cause);
  }

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      arena.close();
    }
  }
}
