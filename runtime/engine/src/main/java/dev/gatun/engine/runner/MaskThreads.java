package dev.gatun.engine.runner;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A few daemon threads that run the numbered tasks of one step at a time, without locks and without
 * allocation. One thread calls {@link #start} and {@link #await} in turn.
 */
final class MaskThreads implements AutoCloseable {
  private final IntConsumer task;
  private final Thread[] threads;

  /** Upper half: tasks of this step. Lower half: the next one that nobody has taken. */
  private final AtomicLong tickets = new AtomicLong();

  private final AtomicInteger numDone = new AtomicInteger();
  private int numTasks;

  private volatile @Nullable Thread waiter;
  private volatile @Nullable Throwable failure;
  private volatile boolean isClosed;

  /**
   * Starts the threads.
   *
   * @param task called with each number once per step; an exception ends the step and the engine
   */
  MaskThreads(int numThreads, IntConsumer task) {
    this.task = task;
    threads = new Thread[numThreads];
    for (int i = 0; i < numThreads; i++) {
      threads[i] = Thread.ofPlatform().name("gatun-masks-" + i).daemon(true).start(this::work);
    }
  }

  /** Hands out the tasks 0 to {@code count}, exclusive. The last step must have been awaited. */
  void start(int count) {
    numTasks = count;
    if (count == 0) {
      return;
    }
    numDone.set(0);
    // What the tasks need was written before and is seen by whoever takes a ticket.
    tickets.set((long) count << 32);
    for (int i = 0; i < Math.min(count, threads.length); i++) {
      LockSupport.unpark(threads[i]);
    }
  }

  /** Runs the tasks that are left, then waits for those that others have begun. */
  void await() {
    if (numTasks == 0) {
      return;
    }
    for (int next = take(); next >= 0; next = take()) {
      run(next);
    }
    waiter = Thread.currentThread();
    while (numDone.get() < numTasks) {
      LockSupport.park(this);
    }
    waiter = null;
    Throwable cause = failure;
    if (cause != null) {
      throw new IllegalStateException("a mask thread failed", cause);
    }
  }

  private void work() {
    while (!isClosed) {
      int next = take();
      if (next >= 0) {
        run(next);
      } else {
        LockSupport.park(this);
      }
    }
  }

  /** A task that is now this thread's, or -1. */
  private int take() {
    long ticket = tickets.get();
    while ((int) ticket < (int) (ticket >>> 32)) {
      // A ticket of an earlier step may look the same as one of this step, and is as good.
      if (tickets.compareAndSet(ticket, ticket + 1)) {
        return (int) ticket;
      }
      ticket = tickets.get();
    }
    return -1;
  }

  private void run(int next) {
    try {
      task.accept(next);
    } catch (Throwable t) {
      // Thrown again by await: a task that never ends would stop the engine without a word.
      failure = t;
    } finally {
      // The last one wakes whoever waits; numTasks is not looked at, it may be of the next step.
      numDone.incrementAndGet();
      LockSupport.unpark(waiter);
    }
  }

  @Override
  public void close() {
    isClosed = true;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
  }
}
