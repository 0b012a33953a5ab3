package dev.gatun.engine.sched;

/** In which order requests get what they need. */
public enum SchedulingPolicy {
  /** By arrival; a priority means nothing. */
  FCFS,
  /** By arrival and priority: a lower priority value is as good as an earlier arrival. */
  PRIORITY
}
