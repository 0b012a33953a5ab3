package dev.gatun.server.net;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Collects a request body within the limits of one body and of all together. Grows with what has
 * arrived, never with what was announced. Event loop thread.
 */
final class BodyBuffer {
  private static final int FIRST_BYTES = 4096;
  private static final byte[] EMPTY = new byte[0];

  private final int maxBytes;
  private final ByteBudget.Lease lease;
  private final long expectedBytes;
  private byte[] bytes = EMPTY;
  private int size;

  /**
   * Starts empty.
   *
   * @param expectedBytes announced length, so that the last growth fits exactly; -1 if unknown
   */
  BodyBuffer(int maxBytes, long expectedBytes, ByteBudget.Lease lease) throws RefusedException {
    if (expectedBytes > maxBytes) {
      throw RefusedException.bodyTooLarge(maxBytes);
    }
    this.maxBytes = maxBytes;
    this.expectedBytes = expectedBytes;
    this.lease = lease;
  }

  /** Copies the readable bytes; the caller keeps the buffer. */
  void add(ByteBuf data) throws RefusedException {
    int count = data.readableBytes();
    if (count > maxBytes - size) {
      throw RefusedException.bodyTooLarge(maxBytes);
    }
    if (count > bytes.length - size) {
      grow(size + count);
    }
    data.readBytes(bytes, size, count);
    size += count;
  }

  private void grow(int needed) throws RefusedException {
    long doubled = Math.min(maxBytes, Math.max(FIRST_BYTES, 2L * bytes.length));
    if (expectedBytes >= needed) {
      doubled = Math.min(doubled, expectedBytes);
    }
    int capacity = (int) Math.max(needed, doubled);
    if (!lease.take(capacity - bytes.length)) {
      throw RefusedException.noMemory();
    }
    bytes = Arrays.copyOf(bytes, capacity);
  }

  /** The body; the buffer must not be used any more. */
  byte[] bytes() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }
}
