package dev.gatun.cuda;

import dev.gatun.tensor.BackendException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Host memory that the device copies from and to by itself, and kernels can read at the same
 * address: batches, other indices, swap space, staging. What was taken lives until this is closed;
 * then Java cannot read it any more. One thread at a time.
 */
final class PinnedMemory implements AutoCloseable {
  private static final long ALIGNMENT = 256;
  private static final long REGION_BYTES = 1L << 20;

  private final CudaDriver driver;
  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> regions = new ArrayList<>();
  private MemorySegment region = MemorySegment.NULL;
  private long takenBytes;

  PinnedMemory(CudaDriver driver) {
    this.driver = driver;
  }

  /** Zeroed memory. */
  MemorySegment take(long bytes, String purpose) {
    long rounded = Math.max(1, Math.ceilDiv(bytes, ALIGNMENT)) * ALIGNMENT;
    if (rounded > REGION_BYTES / 2) {
      return claim(rounded, purpose).asSlice(0, bytes);
    }
    if (rounded > region.byteSize() - takenBytes) {
      region = claim(REGION_BYTES, purpose);
      takenBytes = 0;
    }
    MemorySegment taken = region.asSlice(takenBytes, bytes);
    takenBytes += rounded;
    return taken;
  }

  // The driver said where the memory is and how long.
  @SuppressWarnings("restricted")
  private MemorySegment claim(long bytes, String purpose) {
    try {
      long address =
          driver.getLong(CudaDriver.cuMemHostAlloc, bytes, CudaDriver.HOST_ALLOC_PORTABLE);
      MemorySegment claimed =
          MemorySegment.ofAddress(address).reinterpret(bytes, arena, null).fill((byte) 0);
      regions.add(claimed);
      return claimed;
    } catch (CudaException e) {
      throw new BackendException(
          "%s needs %d bytes of page-locked host memory".formatted(purpose, bytes), e);
    }
  }

  /** Whether memory was taken from here. Newest first: what was made last is used most. */
  boolean holds(MemorySegment segment) {
    long address = segment.address();
    for (int i = regions.size() - 1; i >= 0; i--) {
      long offset = address - regions.get(i).address();
      if (offset >= 0 && offset < regions.get(i).byteSize()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
      for (MemorySegment claimed : regions) {
        driver.call(CudaDriver.cuMemFreeHost, claimed.address());
      }
    }
  }
}
