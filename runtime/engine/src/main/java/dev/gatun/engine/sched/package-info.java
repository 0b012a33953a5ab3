/**
 * Decides what runs in each step: {@link dev.gatun.engine.sched.Scheduler} turns waiting and
 * running requests into a {@link dev.gatun.engine.sched.StepPlan} and applies the {@link
 * dev.gatun.engine.sched.StepResult}.
 *
 * <p>Owned by the engine thread. Decisions read no clock, no random source and no device: time is
 * an argument, so a run can be replayed from a seed. Imports api and kv alone, no tensors.
 */
@NullMarked
package dev.gatun.engine.sched;

import org.jspecify.annotations.NullMarked;
