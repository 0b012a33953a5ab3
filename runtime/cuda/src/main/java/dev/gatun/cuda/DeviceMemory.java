package dev.gatun.cuda;

import java.lang.foreign.MemorySegment;

/** Gives memory of the device. What was taken lives until it is closed. One thread at a time. */
interface DeviceMemory extends AutoCloseable {
  /** Alignment of everything that is taken. */
  long ALIGNMENT = 256;

  /**
   * Memory with undefined contents.
   *
   * @return a segment that is an address and a length, not to be read
   * @throws dev.gatun.tensor.BackendException naming the purpose, if there is none left
   */
  MemorySegment take(long bytes, String purpose);

  /** Claims memory in one piece for what is going to be taken. */
  void reserve(long bytes);

  @Override
  void close();
}
