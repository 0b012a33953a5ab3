package dev.gatun.server.net;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that all request bodies in memory may take together. Any thread. */
final class ByteBudget {
  private final AtomicLong free;

  ByteBudget(long maxBytes) {
    free = new AtomicLong(maxBytes);
  }

  /** A share that starts empty. */
  Lease lease() {
    return new Lease();
  }

  /** What one request has taken. Used by one thread at a time. */
  final class Lease {
    private long taken;

    /** Takes more bytes; false, taking nothing, if so many are not free. */
    boolean take(long bytes) {
      if (free.addAndGet(-bytes) < 0) {
        free.addAndGet(bytes);
        return false;
      }
      taken += bytes;
      return true;
    }

    /** Gives everything back; further calls do nothing. */
    void release() {
      free.addAndGet(taken);
      taken = 0;
    }
  }
}
