package dev.gatun.cuda;

import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.MemoryFacts;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory taken side by side from what {@link #reserve} claimed at once; what does not fit there is
 * claimed by itself. So a plan that was reserved cannot fail half-way, and nothing is lost to the
 * driver's granularity of 2 MiB per allocation.
 */
final class DeviceArena implements DeviceMemory {
  /** Small things that nobody planned share regions of this size. */
  private static final long SMALL_REGION_BYTES = 8L << 20;

  private final CudaDevice device;
  private final List<Long> regions = new ArrayList<>();
  private long next;
  private long end;

  DeviceArena(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void reserve(long bytes) {
    next = claim(bytes, "the planned memory");
    end = next + bytes;
  }

  @Override
  public MemorySegment take(long bytes, String purpose) {
    long rounded = Math.max(1, Math.ceilDiv(bytes, ALIGNMENT)) * ALIGNMENT;
    if (rounded > end - next) {
      if (rounded > SMALL_REGION_BYTES / 2) {
        return segment(claim(rounded, purpose), bytes);
      }
      next = claim(SMALL_REGION_BYTES, purpose);
      end = next + SMALL_REGION_BYTES;
    }
    long address = next;
    next += rounded;
    return segment(address, bytes);
  }

  private long claim(long bytes, String purpose) {
    try {
      long address = device.driver().getLong(CudaDriver.cuMemAlloc, bytes);
      regions.add(address);
      return address;
    } catch (CudaException e) {
      throw outOfMemory(purpose, bytes, device.memoryFacts(), e);
    }
  }

  static BackendException outOfMemory(
      String purpose, long bytes, MemoryFacts facts, CudaException cause) {
    return new BackendException(
        "%s needs %d bytes, %d of %d are available (%s)"
            .formatted(purpose, bytes, facts.availableBytes(), facts.totalBytes(), facts.source()),
        cause);
  }

  // The segment is an address that kernels are given; Java does not read it.
  @SuppressWarnings("restricted")
  static MemorySegment segment(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  @Override
  public void close() {
    for (long region : regions) {
      device.driver().call(CudaDriver.cuMemFree, region);
    }
    regions.clear();
  }
}
