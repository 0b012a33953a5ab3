package dev.gatun.engine.loop;

import dev.gatun.engine.sample.CounterRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Seeds for requests that name none: a random stream of the engine's own. Any thread. */
public final class SeedSource implements LongSupplier {
  private final long seed;
  private final AtomicLong numDrawn = new AtomicLong();

  /** Equal seeds give equal streams. */
  public SeedSource(long seed) {
    this.seed = seed;
  }

  @Override
  public long getAsLong() {
    return CounterRandom.bits(seed, numDrawn.getAndIncrement());
  }
}
