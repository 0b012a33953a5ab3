package dev.gatun.server.oip.rest;

import dev.gatun.engine.api.ServingException;
import org.jspecify.annotations.Nullable;

/**
 * A request body and where its JSON ends.
 *
 * @param jsonLength bytes of JSON at the start; binary blocks follow
 * @param hasHeader false if the client did not say: then all of it is JSON
 */
record InferBody(byte[] bytes, int jsonLength, boolean hasHeader) {
  /** Says how many bytes of a body are JSON, in both directions. */
  static final String LENGTH_HEADER = "inference-header-content-length";

  private static final int MAX_DIGITS = 10;

  /**
   * Reads the header.
   *
   * @param header null if absent
   * @throws ServingException INVALID_ARGUMENT if it is no number within the body
   */
  static InferBody of(byte[] bytes, @Nullable String header) {
    if (header == null) {
      return new InferBody(bytes, bytes.length, false);
    }
    String digits = header.strip();
    boolean isNumber = !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!isNumber || digits.length() > MAX_DIGITS || Long.parseLong(digits) > bytes.length) {
      throw ServingException.invalid(
          LENGTH_HEADER
              + " is '"
              + (header.length() > 40 ? header.substring(0, 40) + "..." : header)
              + "', must be a number of bytes within the body of "
              + bytes.length);
    }
    return new InferBody(bytes, Integer.parseInt(digits), true);
  }

  /** The whole body is the data of the only input. */
  boolean isRawBinary() {
    return hasHeader && jsonLength == 0;
  }
}
