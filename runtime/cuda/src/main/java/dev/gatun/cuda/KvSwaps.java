package dev.gatun.cuda;

import dev.gatun.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Copies of KV blocks between device and host, on a stream of their own: what a step computes
 * before it touches the KV cache runs beside them. An event on either side keeps the order.
 *
 * <pre>
 *   ops    ---- last op ---+                    +--- first op on the KV cache ---
 *   copies                 +-- copy -- copy ----+
 * </pre>
 *
 * <p>Engine thread, its context current.
 */
final class KvSwaps implements AutoCloseable {
  private final CudaDevice device;
  private final PinnedMemory pinned;
  private final long opsDone;
  private final long copiesDone;
  private boolean isCopying;

  KvSwaps(CudaDevice device, PinnedMemory pinned) {
    this.device = device;
    this.pinned = pinned;
    opsDone = event();
    copiesDone = event();
  }

  private long event() {
    return device.driver().getLong(CudaDriver.cuEventCreate, CudaDriver.EVENT_DISABLE_TIMING);
  }

  /** Queues the copy of one block behind all ops and copies so far. */
  void copy(Tensor from, int source, Tensor to, int destination) {
    CudaDriver driver = device.driver();
    if (!isCopying) {
      driver.recordEvent(opsDone, device.stream());
      driver.waitEvent(device.copyStream(), opsDone);
      isCopying = true;
    }
    long bytes = (long) from.rowLength() * from.dtype().bytes();
    boolean isFromHost = pinned.holds(from.data());
    boolean isToHost = pinned.holds(to.data());
    long fromOffset = source * bytes;
    long toOffset = destination * bytes;
    long stream = device.copyStream();
    if (isFromHost && isToHost) {
      driver.synchronize(stream);
      MemorySegment.copy(from.data(), fromOffset, to.data(), toOffset, bytes);
    } else if (isFromHost) {
      MemorySegment block = from.data().asSlice(fromOffset, bytes);
      driver.memcpyHtoD(to.data().address() + toOffset, block, bytes, stream);
    } else if (isToHost) {
      MemorySegment block = to.data().asSlice(toOffset, bytes);
      driver.memcpyDtoH(block, from.data().address() + fromOffset, bytes, stream);
    } else {
      driver.memcpyDtoD(
          to.data().address() + toOffset, from.data().address() + fromOffset, bytes, stream);
    }
  }

  /** Makes ops from here on wait for the copies queued so far. */
  void join() {
    if (isCopying) {
      device.driver().recordEvent(copiesDone, device.copyStream());
      device.driver().waitEvent(device.stream(), copiesDone);
      isCopying = false;
    }
  }

  @Override
  public void close() {
    device.driver().call(CudaDriver.cuEventDestroy, opsDone);
    device.driver().call(CudaDriver.cuEventDestroy, copiesDone);
  }
}
