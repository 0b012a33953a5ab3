package dev.gatun.tensor;

import org.jspecify.annotations.Nullable;

/** A backend could not do what was asked: memory not to be had, a library absent, a device lost. */
public class BackendException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public BackendException(String message) {
    super(message);
  }

  public BackendException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
