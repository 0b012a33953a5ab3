package dev.gatun.server.config;

/**
 * An option that cannot be used. The message names it, its value, where it came from and the way
 * out.
 */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }

  public ConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
