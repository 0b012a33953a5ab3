package dev.gatun.server.net;

import dev.gatun.server.http.HttpRefusal;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import java.util.Locale;

/** What HTTP/1.x asks of a request head before it is served. Pure functions. */
final class Http1Request {
  private Http1Request() {}

  /**
   * Checks framing and reads the head.
   *
   * @throws RefusedException if the request must be refused; its connection cannot go on
   */
  static RequestHead read(HttpRequest request, String remoteAddress) throws RefusedException {
    requireDecoded(request.decoderResult());
    HttpHeaders headers = request.headers();
    if (request.protocolVersion().majorVersion() != 1) {
      throw new RefusedException(
          HttpRefusal.UNKNOWN_VERSION, request.protocolVersion() + " is not supported here");
    }
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    boolean hostRequired = !request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    if (hosts.size() > 1 || (hostRequired && hosts.isEmpty())) {
      throw new RefusedException(HttpRefusal.MALFORMED, "exactly one host header is required");
    }
    requireKnownFraming(headers);
    return RequestHead.of(
        request.method().name(), request.uri(), headers::iteratorCharSequence, remoteAddress);
  }

  /** Refuses what the decoder could not read. */
  static void requireDecoded(DecoderResult result) throws RefusedException {
    if (result.isSuccess()) {
      return;
    }
    throw switch (result.cause()) {
      case TooLongHttpLineException _ ->
          new RefusedException(HttpRefusal.URI_TOO_LONG, "request line is too long");
      case TooLongHttpHeaderException _ ->
          new RefusedException(HttpRefusal.HEADERS_TOO_LARGE, "request headers are too large");
      default -> new RefusedException(HttpRefusal.MALFORMED, "malformed HTTP/1.1 request");
    };
  }

  private static void requireKnownFraming(HttpHeaders headers) throws RefusedException {
    List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (codings.isEmpty()
        || (codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked"))) {
      return;
    }
    String all = String.join(", ", codings);
    // Without chunked in last place nobody can tell where the body ends (RFC 9112, 6.3).
    throw all.toLowerCase(Locale.ROOT).endsWith("chunked")
        ? new RefusedException(
            HttpRefusal.UNKNOWN_TRANSFER_ENCODING,
            "transfer-encoding " + all + " is not supported, use chunked")
        : new RefusedException(
            HttpRefusal.MALFORMED, "transfer-encoding " + all + " does not end in chunked");
  }

  /** Whether the client waits for 100 Continue. */
  static boolean expectsContinue(HttpRequest request) throws RefusedException {
    String expect = request.headers().get(HttpHeaderNames.EXPECT);
    if (expect == null || request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
      return false;
    }
    if (!expect.equalsIgnoreCase("100-continue")) {
      throw new RefusedException(
          HttpRefusal.UNKNOWN_EXPECTATION, "expectation " + expect + " is not supported");
    }
    return true;
  }
}
