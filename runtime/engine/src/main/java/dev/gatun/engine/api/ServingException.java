package dev.gatun.engine.api;

/** A failure that the caller may see. The message says what, which value and which limit. */
public final class ServingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  public ServingException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  public ServingException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public ErrorCode code() {
    return code;
  }

  /** Shorthand for the most frequent kind. */
  public static ServingException invalid(String message) {
    return new ServingException(ErrorCode.INVALID_ARGUMENT, message);
  }
}
