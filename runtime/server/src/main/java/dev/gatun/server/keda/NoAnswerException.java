package dev.gatun.server.keda;

/** The load of a target is not known; KEDA is told an error rather than a number. */
final class NoAnswerException extends Exception {
  private static final long serialVersionUID = 1L;

  NoAnswerException(String message) {
    super(message);
  }
}
