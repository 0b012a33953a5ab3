package dev.gatun.server.net;

import dev.gatun.server.http.HttpRefusal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Undoes {@code Content-Encoding} on a whole body, stopping at the size limit. Runs on the call's
 * virtual thread, so that a compressed body costs the event loop nothing. Pure function.
 */
final class ContentDecoding {
  private static final int CHUNK_BYTES = 16 * 1024;

  private ContentDecoding() {}

  /**
   * The decoded body.
   *
   * @param encoding the header's value; null if absent
   * @param lease pays for the decoded bytes
   * @throws RefusedException for an unknown encoding, damaged data or too large a result
   */
  static byte[] decode(@Nullable String encoding, byte[] body, int maxBytes, ByteBudget.Lease lease)
      throws RefusedException {
    if (encoding == null) {
      return body;
    }
    return switch (encoding.trim().toLowerCase(Locale.ROOT)) {
      case "", "identity" -> body;
      case "gzip", "x-gzip" -> inflate(body, true, maxBytes, lease);
      case "deflate" -> inflate(body, false, maxBytes, lease);
      default ->
          throw new RefusedException(
              HttpRefusal.UNKNOWN_CONTENT_ENCODING,
              "content-encoding " + encoding + " is not supported, use gzip, deflate or identity");
    };
  }

  private static byte[] inflate(byte[] body, boolean gzip, int maxBytes, ByteBudget.Lease lease)
      throws RefusedException {
    ByteArrayOutputStream decoded = new ByteArrayOutputStream();
    Inflater inflater = new Inflater(!gzip && !hasZlibHeader(body));
    byte[] chunk = new byte[CHUNK_BYTES];
    try (InputStream in = open(body, gzip, inflater)) {
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        if (count > maxBytes - decoded.size()) {
          throw RefusedException.bodyTooLarge(maxBytes);
        }
        if (!lease.take(count)) {
          throw RefusedException.noMemory();
        }
        decoded.write(chunk, 0, count);
      }
    } catch (IOException _) {
      throw new RefusedException(
          HttpRefusal.MALFORMED, "request body is not valid " + (gzip ? "gzip" : "deflate"));
    } finally {
      inflater.end();
    }
    return decoded.toByteArray();
  }

  private static InputStream open(byte[] body, boolean gzip, Inflater inflater) throws IOException {
    InputStream in = new ByteArrayInputStream(body);
    return gzip ? new GZIPInputStream(in, CHUNK_BYTES) : new InflaterInputStream(in, inflater);
  }

  /** HTTP's deflate is zlib (RFC 9110, 8.4.1.2), but some clients send it without the header. */
  private static boolean hasZlibHeader(byte[] body) {
    return body.length >= 2
        && (body[0] & 0x0f) == 8
        && (((body[0] & 0xff) << 8) | (body[1] & 0xff)) % 31 == 0;
  }
}
