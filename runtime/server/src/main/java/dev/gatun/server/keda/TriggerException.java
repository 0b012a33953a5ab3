package dev.gatun.server.keda;

/** A trigger is written wrongly; the message names the key, its value and what is accepted. */
final class TriggerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TriggerException(String message) {
    super(message);
  }
}
