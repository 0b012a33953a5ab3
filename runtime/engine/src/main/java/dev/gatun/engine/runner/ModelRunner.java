package dev.gatun.engine.runner;

import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;

/**
 * Runs the steps that the scheduler plans. Engine thread only; one launched step at a time.
 *
 * <p>A request whose own numbers are bad (NaN logits) is failed in the {@link StepResult}, alone.
 * An exception means that the device or our own code is broken and ends the engine.
 */
public interface ModelRunner extends AutoCloseable {

  /**
   * Starts a step; a device may go on computing after this returns. The plan must not change until
   * {@link #await} has returned.
   */
  void launch(StepPlan plan);

  /** Waits for the launched step. The result is valid until the next launch. */
  StepResult await();

  /** Frees what the runner owns. Nothing may be launched afterwards. */
  @Override
  void close();
}
