package dev.gatun.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Memory that a host backend owns: what was allocated lives until {@link #close} frees it at once.
 * Tensors lie side by side in regions, so that all are in huge pages and no more than a part of one
 * is wasted per region. Used by the thread that owns the backend.
 */
public final class HostArena implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  /** Of address space, which costs nothing; what does not fit starts the next one. */
  private static final long REGION_BYTES = 1L << 30;

  private final HostMemory hostMemory;
  private final Arena arena = Arena.ofShared();
  private MemorySegment region = MemorySegment.NULL;
  private long takenBytes;
  private long claimedBytes;
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
   * Zeroed memory aligned to 64 bytes. Every page is claimed here, so that what was promised cannot
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
      return Tensor.of(dtype, shape, take(bytes));
    } catch (OutOfMemoryError e) {
      throw outOfMemory(purpose, bytes, available, e);
    }
  }

  private MemorySegment take(long bytes) {
    if (bytes > region.byteSize() - takenBytes) {
      MemorySegment reserved = HostPages.reserve(Math.max(REGION_BYTES, wholePages(bytes)), arena);
      if (reserved == null) {
        MemorySegment segment = arena.allocate(bytes, ALIGNMENT);
        HostPages.touch(segment);
        return segment;
      }
      region = reserved;
      takenBytes = 0;
      claimedBytes = 0;
    }
    long end = takenBytes + bytes;
    if (end > claimedBytes) {
      HostPages.claim(region.asSlice(claimedBytes, wholePages(end) - claimedBytes));
      claimedBytes = wholePages(end);
    }
    MemorySegment segment = region.asSlice(takenBytes, bytes);
    takenBytes = Math.min(region.byteSize(), Math.ceilDiv(end, ALIGNMENT) * ALIGNMENT);
    return segment;
  }

  private static long wholePages(long bytes) {
    return Math.ceilDiv(bytes, HostPages.HUGE_PAGE_BYTES) * HostPages.HUGE_PAGE_BYTES;
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
