package dev.gatun.tensor.reference;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A fixed set of threads that share the ranges of one op. The calling thread works too and is
 * worker 0. Used by one thread at a time; between calls the workers are parked.
 */
final class Workers implements AutoCloseable {
  /** Computes indices {@code [from, to)}; {@code worker} selects the scratch that may be used. */
  @FunctionalInterface
  interface RangeTask {
    void run(int worker, int from, int to);
  }

  private final int size;
  private final Semaphore start = new Semaphore(0);
  private final Semaphore done = new Semaphore(0);
  private final AtomicInteger next = new AtomicInteger();

  // Written before start.release and read after start.acquire, which orders them.
  private @Nullable RangeTask task;
  private int count;
  private int grain;
  private boolean isClosed;

  private volatile @Nullable Throwable failure;

  /**
   * Starts {@code size - 1} daemon threads.
   *
   * @param size workers, the calling thread included; at least 1
   */
  Workers(int size) {
    this.size = size;
    for (int i = 1; i < size; i++) {
      int worker = i;
      Thread.ofPlatform()
          .name("gatun-reference-" + worker)
          .daemon()
          .start(() -> workUntilClosed(worker));
    }
  }

  int size() {
    return size;
  }

  /**
   * Runs the task over {@code [0, count)} in pieces of {@code grain} and returns when all are done.
   *
   * @param grain indices that are worth a thread's wake-up; fewer than two pieces run right here
   */
  void forRange(int count, int grain, RangeTask task) {
    if (size == 1 || count <= grain) {
      task.run(0, 0, count);
      return;
    }
    this.task = task;
    this.count = count;
    this.grain = grain;
    failure = null;
    next.set(0);
    start.release(size - 1);
    work(0, task);
    done.acquireUninterruptibly(size - 1);
    Throwable thrown = failure;
    if (thrown != null) {
      throw new IllegalStateException("an op failed on a worker thread", thrown);
    }
  }

  private void workUntilClosed(int worker) {
    while (true) {
      start.acquireUninterruptibly();
      RangeTask current = task;
      if (isClosed || current == null) {
        return;
      }
      work(worker, current);
      done.release();
    }
  }

  /**
   * Takes pieces until none is left. A permit says only that there is work: it does no harm when
   * one thread gets two and another none. What a piece throws is kept for the caller, who must wait
   * for the others before the op's tensors may be touched again.
   */
  private void work(int worker, RangeTask current) {
    try {
      for (int from = next.getAndAdd(grain); from < count; from = next.getAndAdd(grain)) {
        current.run(worker, from, Math.min(count, from + grain));
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  /** Ends the threads. Not while a range runs. */
  @Override
  public void close() {
    isClosed = true;
    start.release(size - 1);
  }
}
