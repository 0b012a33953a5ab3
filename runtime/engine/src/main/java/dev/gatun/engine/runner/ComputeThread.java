package dev.gatun.engine.runner;

import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A thread of its own for computing, so that the engine thread plans the next step and delivers the
 * last one meanwhile. Steps go in and come out in order, counted; what they are stands in storage
 * of the caller's, one place per step in flight. Nothing is allocated per step.
 *
 * <p>Both sides announce a change first and look whether the other one sleeps second, so no wake-up
 * is lost. Methods are for the engine thread.
 */
final class ComputeThread implements AutoCloseable {
  private final IntConsumer compute;
  private final int numPlaces;
  private final Thread thread;
  private final Thread owner;

  /** Written by the owner alone. */
  private long numSubmitted;

  private volatile long numVisible;
  private volatile long numDone;
  private volatile boolean isClosing;
  private volatile @Nullable Throwable failure;

  /**
   * Starts the thread; the calling thread becomes its owner.
   *
   * @param compute computes the step in the given place
   * @param numPlaces steps that may be in flight
   */
  ComputeThread(IntConsumer compute, int numPlaces) {
    this.compute = compute;
    this.numPlaces = numPlaces;
    owner = Thread.currentThread();
    thread = Thread.ofPlatform().name("gatun-compute").daemon(true).unstarted(this::run);
    thread.start();
  }

  /** Queues the step in place {@code numSubmitted % numPlaces}. */
  void submit() {
    numVisible = ++numSubmitted;
    LockSupport.unpark(thread);
  }

  /**
   * Waits until so many steps are done.
   *
   * @throws IllegalStateException if computing has failed, with what was thrown as its cause
   */
  void await(long numSteps) {
    while (numDone < numSteps) {
      Throwable thrown = failure;
      if (thrown != null) {
        throw new IllegalStateException("the step could not be computed", thrown);
      }
      LockSupport.park(this);
    }
  }

  private void run() {
    try {
      long step = 0;
      while (awaitWork(step)) {
        compute.accept((int) (step % numPlaces));
        step++;
        numDone = step;
        LockSupport.unpark(owner);
      }
    } catch (Throwable thrown) {
      failure = thrown;
      LockSupport.unpark(owner);
    }
  }

  /** False when there is none to come. */
  private boolean awaitWork(long step) {
    while (numVisible == step) {
      if (isClosing) {
        return false;
      }
      LockSupport.park(this);
    }
    return true;
  }

  /** Computes what has been submitted, then ends the thread. */
  @Override
  public void close() {
    isClosing = true;
    LockSupport.unpark(thread);
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
