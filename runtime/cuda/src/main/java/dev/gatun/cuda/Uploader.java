package dev.gatun.cuda;

import java.lang.foreign.MemorySegment;

/**
 * Copies weights to the device through two page-locked buffers: one is filled while the other one
 * is on its way. For loading; a step has no part in it. One thread at a time, its context current.
 */
final class Uploader implements AutoCloseable {
  private final CudaDevice device;
  private final MemorySegment[] buffers = new MemorySegment[2];
  private final long[] sent = new long[2];
  private int next;

  Uploader(CudaDevice device, PinnedMemory pinned, long bufferBytes) {
    this.device = device;
    for (int i = 0; i < buffers.length; i++) {
      buffers[i] = pinned.take(bufferBytes, "weight upload");
      sent[i] = device.driver().getLong(CudaDriver.cuEventCreate, CudaDriver.EVENT_DISABLE_TIMING);
    }
  }

  /** Bytes that {@link #send} takes at once. */
  long bufferBytes() {
    return buffers[0].byteSize();
  }

  /** The next buffer to fill, when the device has read what was in it. */
  MemorySegment buffer() {
    device.driver().call(CudaDriver.cuEventSynchronize, sent[next]);
    return buffers[next];
  }

  /** Queues the copy of the first bytes of the buffer that was filled last. */
  void send(long to, long bytes) {
    device.driver().memcpyHtoD(to, buffers[next], bytes, device.stream());
    device.driver().recordEvent(sent[next], device.stream());
    next = (next + 1) % buffers.length;
  }

  /** Queues the copy of host memory, which may change or go when this returns. */
  void copy(MemorySegment from, long to) {
    for (long offset = 0; offset < from.byteSize(); offset += bufferBytes()) {
      long bytes = Math.min(bufferBytes(), from.byteSize() - offset);
      MemorySegment.copy(from, offset, buffer(), 0, bytes);
      send(to + offset, bytes);
    }
  }

  @Override
  public void close() {
    for (long event : sent) {
      device.driver().call(CudaDriver.cuEventDestroy, event);
    }
  }
}
