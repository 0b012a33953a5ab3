package dev.gatun.engine.api;

import org.jspecify.annotations.Nullable;

/** A failure that the caller may see. The message says what, which value and which limit. */
public final class ServingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final @Nullable String field;

  public ServingException(ErrorCode code, String message) {
    this(code, message, (String) null);
  }

  public ServingException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.field = null;
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
  }

  public ErrorCode code() {
    return code;
  }

  /** Wire name of the request field at fault, null if it is no single one. */
  public @Nullable String field() {
    return field;
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
