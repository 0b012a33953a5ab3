package dev.gatun.engine.api;

/** The closed set of reasons a caller may be given. Protocols map it in one table each. */
public enum ErrorCode {
  INVALID_ARGUMENT,
  NOT_FOUND,
  UNAUTHENTICATED,
  PERMISSION_DENIED,
  /** Refused at admission: queue or memory bound reached; try again later. */
  OVERLOADED,
  /** Loading, draining or stopped. */
  UNAVAILABLE,
  CANCELLED,
  DEADLINE_EXCEEDED,
  /** Valid, but not something this server or model does. */
  UNSUPPORTED,
  /** Our fault. */
  INTERNAL
}
