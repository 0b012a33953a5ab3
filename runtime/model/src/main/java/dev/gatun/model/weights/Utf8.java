package dev.gatun.model.weights;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;

/** Strict UTF-8: Jackson alone would guess UTF-16 or UTF-32 from the first bytes. */
final class Utf8 {
  private Utf8() {}

  /**
   * Decodes while it is read, so that a large text is never whole on the heap. Reading throws
   * {@link java.nio.charset.CharacterCodingException} on malformed input.
   */
  static Reader reader(InputStream in) {
    // A decoder of its own reports malformed input; one made from the charset would replace it.
    return new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder());
  }
}
