package dev.gatun.engine.runner;

import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;

/**
 * Runs the steps that the scheduler plans, in order. Called by the engine thread only.
 *
 * <p>A request whose own numbers are bad (NaN logits) is failed in the {@link StepResult}, alone.
 * An exception means that the device or our own code is broken and ends the engine.
 */
public interface ModelRunner extends AutoCloseable {

  /**
   * Steps that may be launched and not awaited: 1, or 2 where a step is planned and applied while
   * another one computes.
   */
  int maxStepsInFlight();

  /**
   * Starts a step, which runs when those launched before it are done. It begins with the plan's
   * copies between KV cache and swap space, in their order. A token pending in the plan is the one
   * that the step before samples for its sequence. All that may change meanwhile, block tables
   * above all, is read before this returns; the plan itself must stay as it is until the step has
   * been awaited.
   */
  void launch(StepPlan plan);

  /**
   * Waits for the oldest launched step. The result is valid until {@link #maxStepsInFlight} further
   * steps have been launched.
   */
  StepResult await();

  /** Frees what the runner owns. Nothing may be launched afterwards. */
  @Override
  void close();
}
