package dev.gatun.server.net;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Waiting by condition. */
final class Await {
  /** Long enough for a machine that does something else as well. */
  static final Duration PATIENCE = Duration.ofSeconds(15);

  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("still not so after " + PATIENCE + ": " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  /** Waits until a number is positive and has not changed for some time; returns it. */
  static long settled(String what, LongSupplier number) {
    long quietNanos = Duration.ofMillis(300).toNanos();
    long[] last = {number.getAsLong(), System.nanoTime()};
    until(
        what + " settles",
        () -> {
          long now = number.getAsLong();
          if (now != last[0]) {
            last[0] = now;
            last[1] = System.nanoTime();
          }
          return now > 0 && System.nanoTime() - last[1] > quietNanos;
        });
    return last[0];
  }
}
