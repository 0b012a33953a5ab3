/**
 * Executes steps: forward pass, then sampling. {@link dev.gatun.engine.runner.ModelRunner} is the
 * border between decisions (sched, kv: ints alone) and computation (model, tensor).
 *
 * <p>Called by the engine thread alone; with two steps in flight it computes on a thread of its
 * own, {@code gatun-compute}. While the model computes, a few threads find the masks of constrained
 * sequences ({@link dev.gatun.engine.runner.ConstraintMasks}). Must not import loop.
 */
@NullMarked
package dev.gatun.engine.runner;

import org.jspecify.annotations.NullMarked;
