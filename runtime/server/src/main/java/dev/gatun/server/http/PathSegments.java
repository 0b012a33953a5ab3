package dev.gatun.server.http;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Splits a raw path at its slashes and percent-decodes each segment once, so that an encoded slash
 * cannot move a segment border and nothing is decoded twice. Pure function.
 */
final class PathSegments {
  private PathSegments() {}

  /**
   * Segments of {@code /a/b} or {@code /a/b/}: one trailing slash is ignored, because scrapers and
   * clients disagree about it and a redirect breaks some of them.
   *
   * @throws ServingException INVALID_ARGUMENT for bad escapes, control characters, invalid UTF-8,
   *     backslashes and the segments {@code .} and {@code ..}, however written
   */
  static List<String> parse(String rawPath) {
    return split(rawPath).stream().map(PathSegments::decode).toList();
  }

  /** The segments as written. */
  static List<String> split(String rawPath) {
    if (rawPath.equals("/")) {
      return List.of();
    }
    String inner = rawPath.substring(1);
    if (inner.endsWith("/")) {
      inner = inner.substring(0, inner.length() - 1);
    }
    return List.of(inner.split("/", -1));
  }

  private static String decode(String raw) {
    byte[] bytes = new byte[raw.length()];
    int length = 0;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        bytes[length++] = (byte) escaped(raw, i + 1);
        i += 2;
      } else if (c > 0x20 && c < 0x7f && c != '\\') {
        bytes[length++] = (byte) c;
      } else {
        throw ServingException.invalid("path holds a character that must be percent-encoded");
      }
    }
    String text = utf8(bytes, length);
    for (String part : text.split("/", -1)) {
      if (part.equals(".") || part.equals("..")) {
        throw ServingException.invalid("path must not contain the segments . and ..");
      }
    }
    return text;
  }

  private static int escaped(String raw, int index) {
    boolean complete = index + 1 < raw.length();
    int high = complete ? Character.digit(raw.charAt(index), 16) : -1;
    int low = complete ? Character.digit(raw.charAt(index + 1), 16) : -1;
    if (high < 0 || low < 0) {
      throw ServingException.invalid("path has a malformed percent escape: " + raw);
    }
    int value = high << 4 | low;
    if (value < 0x20 || value == 0x7f || value == '\\') {
      throw ServingException.invalid("path must not contain control characters or backslashes");
    }
    return value;
  }

  private static String utf8(byte[] bytes, int length) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new ServingException(ErrorCode.INVALID_ARGUMENT, "path is not valid UTF-8", e);
    }
  }
}
