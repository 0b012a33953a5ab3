package dev.gatun.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Device memory for the emulation: one allocation per tensor, so that its guards see an overrun of
 * each, freed when nobody refers to the tensor any more, because tests make thousands.
 */
final class GuardedMemory implements DeviceMemory {
  /** Live allocations beyond which the collector is asked for the forgotten ones. */
  private static final int MANY = 4000;

  private final CudaDevice device;
  private final Queue<Long> forgotten = new ConcurrentLinkedQueue<>();
  private final Set<Long> live = new HashSet<>();
  private int collectAt = MANY;

  GuardedMemory(CudaDevice device) {
    this.device = device;
  }

  @Override
  public void reserve(long bytes) {}

  // The segment is an address that kernels are given; Java does not read it.
  @SuppressWarnings("restricted")
  @Override
  public MemorySegment take(long bytes, String purpose) {
    if (live.size() > collectAt) {
      System.gc();
      freeForgotten();
      collectAt = Math.max(MANY, 2 * live.size());
    }
    freeForgotten();
    long address = claim(bytes, purpose);
    live.add(address);
    return MemorySegment.ofAddress(address)
        .reinterpret(bytes, Arena.ofAuto(), _ -> forgotten.add(address));
  }

  private long claim(long bytes, String purpose) {
    try {
      return device.driver().getLong(CudaDriver.cuMemAlloc, Math.max(1, bytes));
    } catch (CudaException e) {
      throw DeviceArena.outOfMemory(purpose, bytes, device.memoryFacts(), e);
    }
  }

  private void freeForgotten() {
    if (forgotten.isEmpty()) {
      return;
    }
    device.synchronize();
    for (Long address = forgotten.poll(); address != null; address = forgotten.poll()) {
      device.driver().call(CudaDriver.cuMemFree, address);
      live.remove(address);
    }
  }

  @Override
  public void close() {
    freeForgotten();
    live.forEach(address -> device.driver().call(CudaDriver.cuMemFree, address));
    live.clear();
  }
}
