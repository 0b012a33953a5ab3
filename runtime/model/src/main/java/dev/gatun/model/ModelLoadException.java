package dev.gatun.model;

/**
 * A model directory cannot be used. The message names the file, the field and the value, so that an
 * operator can act on it; loading happens at start, where this exception stops the process.
 */
public final class ModelLoadException extends RuntimeException {

  public ModelLoadException(String message) {
    super(message);
  }

  public ModelLoadException(String message, Throwable cause) {
    super(message, cause);
  }
}
