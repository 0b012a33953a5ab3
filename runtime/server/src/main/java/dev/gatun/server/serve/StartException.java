package dev.gatun.server.serve;

/**
 * The server could not start for a reason that its operator can mend: a port in use, a warm-up that
 * failed.
 */
public final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public StartException(String message) {
    super(message);
  }

  public StartException(String message, Throwable cause) {
    super(message, cause);
  }
}
