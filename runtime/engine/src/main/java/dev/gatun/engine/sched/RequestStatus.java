package dev.gatun.engine.sched;

/** Where a request stands. Only a running one holds blocks. */
public enum RequestStatus {
  WAITING,
  RUNNING,
  /** Back at the head of the waiting queue, to be recomputed. */
  PREEMPTED,
  FINISHED
}
