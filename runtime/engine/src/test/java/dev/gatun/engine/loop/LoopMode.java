package dev.gatun.engine.loop;

import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.Speculation;

/** Ways to run the loop that must not matter to any text. */
enum LoopMode {
  STEP_BY_STEP,
  OVERLAPPED,
  SPECULATING,
  SWAPPING;

  SchedulerConfig adapt(SchedulerConfig config) {
    return switch (this) {
      case STEP_BY_STEP -> config;
      case OVERLAPPED -> config.withStepsInFlight(2);
      case SPECULATING -> config.withSpeculation(new Speculation(4, 1, 3));
      case SWAPPING ->
          config
              .withStepsInFlight(2)
              .withPreemption(config.preemption().withSwapBlocks(config.limits().numBlocks()));
    };
  }
}
