package dev.gatun.engine.loop;

import dev.gatun.engine.runner.ModelRunner;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import java.util.concurrent.Semaphore;

/** Holds the engine thread inside a step until the test lets it go; can be made to fail. */
final class GatedRunner implements ModelRunner {
  private final ModelRunner runner;
  private final Semaphore permits = new Semaphore(0);
  private final Semaphore arrivals = new Semaphore(0);
  private volatile RuntimeException failure;
  private volatile boolean isClosed;

  GatedRunner(ModelRunner runner) {
    this.runner = runner;
  }

  @Override
  public int maxStepsInFlight() {
    return runner.maxStepsInFlight();
  }

  @Override
  public void launch(StepPlan plan) {
    arrivals.release();
    permits.acquireUninterruptibly();
    if (failure != null) {
      throw failure;
    }
    runner.launch(plan);
  }

  @Override
  public StepResult await() {
    return runner.await();
  }

  @Override
  public void close() {
    isClosed = true;
    runner.close();
  }

  /** Waits until the engine thread stands before a step. */
  void awaitStep() {
    arrivals.acquireUninterruptibly();
  }

  /** Lets this and all later steps go. */
  void open() {
    permits.release(1_000_000);
  }

  void failWith(RuntimeException exception) {
    failure = exception;
    open();
  }

  boolean isClosed() {
    return isClosed;
  }
}
