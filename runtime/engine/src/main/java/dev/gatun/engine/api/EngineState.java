package dev.gatun.engine.api;

/** Life of an engine. */
public enum EngineState {
  /** Accepts and runs requests. */
  READY,
  /** Refuses new requests, finishes the ones it has. */
  DRAINING,
  /** Closed in order. */
  STOPPED,
  /** An invariant broke or the device was lost; the process has to be restarted. */
  FAILED
}
