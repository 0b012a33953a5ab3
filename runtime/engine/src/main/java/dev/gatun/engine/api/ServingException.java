package dev.gatun.engine.api;

import org.jspecify.annotations.Nullable;

/** A failure that the caller may see. The message says what, which value and which limit. */
public final class ServingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final @Nullable String field;

  /** Seconds; 0 for no hint. */
  private final int retryAfterSeconds;

  public ServingException(ErrorCode code, String message) {
    this(code, message, (String) null);
  }

  public ServingException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.field = null;
    this.retryAfterSeconds = 0;
  }

  /**
   * A failure of one field of the request.
   *
   * @param field its wire name, for protocols that report it apart from the message
   */
  public ServingException(ErrorCode code, String message, @Nullable String field) {
    super(message);
    this.code = code;
    this.field = field;
    this.retryAfterSeconds = 0;
  }

  /** Without a stack trace, which would cost more than the whole refusal. */
  private ServingException(ErrorCode code, String message, int retryAfterSeconds) {
    super(message, null, false, false);
    this.code = code;
    this.field = null;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  public ErrorCode code() {
    return code;
  }

  /** Wire name of the request field at fault, null if it is no single one. */
  public @Nullable String field() {
    return field;
  }

  /** When it is worth to try again, in seconds; 0 if nothing is known about that. */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }

  /**
   * The request could be served, but not now. Cheap, as there are many of these when it matters.
   *
   * @param retryAfterSeconds at least 1
   */
  public static ServingException overloaded(String message, int retryAfterSeconds) {
    return new ServingException(ErrorCode.OVERLOADED, message, retryAfterSeconds);
  }

  /** The deadline has passed or is going to; as cheap. */
  public static ServingException tooLate(String message) {
    return new ServingException(ErrorCode.DEADLINE_EXCEEDED, message, 0);
  }

  /** Shorthand for the most frequent kind. */
  public static ServingException invalid(String message) {
    return new ServingException(ErrorCode.INVALID_ARGUMENT, message);
  }

  /** The same, for one field; the message names it too. */
  public static ServingException invalidField(String field, String message) {
    return new ServingException(ErrorCode.INVALID_ARGUMENT, message, field);
  }
}
