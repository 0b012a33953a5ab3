package dev.gatun.server.status;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/** How far the start has come and what it took. Written by the starting thread, read by any. */
public final class StartupWatch {
  /** The steps of a start, in this order. */
  public enum Phase {
    /** Waits for a model directory that is expected to appear. */
    ARRIVAL,
    /** Opens the model and plans the memory. */
    PLAN,
    /** Claims memory and places the weights on the device. */
    LOAD,
    /** Waits for the tokenizer, which loads beside the weights. */
    TOKENIZER,
    /** Computes a first token. */
    WARM_UP,
    READY;

    /** Value of the label in metrics. */
    public String wireName() {
      return switch (this) {
        case ARRIVAL -> "arrival";
        case PLAN -> "plan";
        case LOAD -> "load";
        case TOKENIZER -> "tokenizer";
        case WARM_UP -> "warm_up";
        case READY -> "ready";
      };
    }
  }

  /**
   * What is known at one moment.
   *
   * @param nanos so far, of the phases that were entered
   * @param loadBytes of the weights, 0 until they are planned
   */
  public record Progress(Phase phase, Map<Phase, Long> nanos, long loadBytes) {

    /** Of a phase, 0 if it was not entered. */
    public long nanosOf(Phase asked) {
      return nanos.getOrDefault(asked, 0L);
    }

    /** How fast the weights were loaded; 0 until they are. */
    public double loadBytesPerSecond() {
      long loadNanos = phase.compareTo(Phase.LOAD) > 0 ? nanosOf(Phase.LOAD) : 0;
      return loadNanos == 0 ? 0 : loadBytes * 1e9 / loadNanos;
    }
  }

  private final LongSupplier clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);
  private Phase phase = Phase.ARRIVAL;
  private long phaseStartNanos;
  private long loadBytes;

  /** The start begins now. */
  public StartupWatch(LongSupplier clock) {
    this.clock = clock;
    phaseStartNanos = clock.getAsLong();
  }

  /** The phase before it is over. */
  public void enter(Phase next) {
    lock.lock();
    try {
      long now = clock.getAsLong();
      nanos.put(phase, now - phaseStartNanos);
      phase = next;
      phaseStartNanos = now;
    } finally {
      lock.unlock();
    }
  }

  /** The plan says that so many bytes of weights are going to be loaded. */
  public void planned(long weightBytes) {
    lock.lock();
    try {
      loadBytes = weightBytes;
    } finally {
      lock.unlock();
    }
  }

  public Progress progress() {
    lock.lock();
    try {
      Map<Phase, Long> soFar = new EnumMap<>(nanos);
      soFar.put(phase, clock.getAsLong() - phaseStartNanos);
      return new Progress(phase, soFar, loadBytes);
    } finally {
      lock.unlock();
    }
  }
}
