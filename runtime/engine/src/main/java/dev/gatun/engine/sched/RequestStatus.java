package dev.gatun.engine.sched;

/** Where a request stands. Only a running one holds blocks of the pool. */
public enum RequestStatus {
  WAITING,
  RUNNING,
  /** Waiting again, in its old place, to be recomputed or swapped in. */
  PREEMPTED,
  FINISHED
}
