package dev.gatun.server.otel;

import java.time.Instant;

/**
 * Times of the engine's clock as times of day, for one call.
 *
 * @param start and {@code startNanos} are the same moment
 */
record SpanClock(Instant start, long startNanos) {

  static SpanClock now() {
    return new SpanClock(Instant.now(), System.nanoTime());
  }

  /** The time of day at a value of System.nanoTime. */
  Instant at(long nanos) {
    return start.plusNanos(nanos - startNanos);
  }
}
