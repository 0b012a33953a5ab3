package dev.gatun.server.oip.model;

import dev.gatun.engine.api.GenerateRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What surrounds one request: its deadline, whether the client is still there, and the time it
 * waited. Thread-safe.
 */
public final class InferCall {
  private final long deadlineNanos;
  private final AtomicLong queueNanos = new AtomicLong();
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Runnable> cancelActions = new ArrayList<>();
  private boolean isCancelled;

  /**
   * Creates a call.
   *
   * @param deadlineNanos System.nanoTime value, or {@link GenerateRequest#NO_DEADLINE}
   */
  public InferCall(long deadlineNanos) {
    this.deadlineNanos = deadlineNanos;
  }

  public static InferCall withoutDeadline() {
    return new InferCall(GenerateRequest.NO_DEADLINE);
  }

  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** Runs once if the client leaves; at once if it already has. Must not block. */
  public void onCancel(Runnable action) {
    lock.lock();
    try {
      if (!isCancelled) {
        cancelActions.add(action);
        return;
      }
    } finally {
      lock.unlock();
    }
    action.run();
  }

  /** The client has left; the first call counts. */
  public void cancel() {
    List<Runnable> actions;
    lock.lock();
    try {
      isCancelled = true;
      actions = List.copyOf(cancelActions);
      cancelActions.clear();
    } finally {
      lock.unlock();
    }
    actions.forEach(Runnable::run);
  }

  public boolean isCancelled() {
    lock.lock();
    try {
      return isCancelled;
    } finally {
      lock.unlock();
    }
  }

  /** The model says how long the request waited before its first step. */
  public void addQueueNanos(long nanos) {
    queueNanos.addAndGet(Math.max(0, nanos));
  }

  long queueNanos() {
    return queueNanos.get();
  }
}
