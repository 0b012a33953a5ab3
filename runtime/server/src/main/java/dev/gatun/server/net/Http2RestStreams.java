package dev.gatun.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Splits one HTTP/2 connection by stream: streams whose content type is gRPC's go to the wrapped
 * listener untouched, all others are REST. Connection frames, RST_STREAM among them, always reach
 * the wrapped listener, so that its flood counter and keepalive stay right. Event loop thread.
 */
final class Http2RestStreams extends Http2FrameListenerDecorator {
  private static final String GRPC = "application/grpc";

  private final Http2ConnectionHandler handler;
  private final Calls calls;
  private final Http2Connection.PropertyKey key;
  private final Http2Connection.PropertyKey grpcKey;

  private Http2RestStreams(Http2ConnectionHandler handler, Calls calls) {
    super(handler.decoder().frameListener());
    this.handler = handler;
    this.calls = calls;
    this.key = handler.connection().newKey();
    this.grpcKey = handler.connection().newKey();
  }

  /** Puts itself before the handler's listener; must precede the connection's first frame. */
  static Http2RestStreams install(Http2ConnectionHandler handler, Calls calls) {
    Http2RestStreams streams = new Http2RestStreams(handler, calls);
    handler.decoder().frameListener(streams);
    handler
        .connection()
        .addListener(
            new Http2ConnectionAdapter() {
              @Override
              public void onStreamClosed(Http2Stream stream) {
                Http2Exchange exchange = stream.getProperty(streams.key);
                if (exchange != null) {
                  exchange.streamClosed();
                }
              }
            });
    return streams;
  }

  /** gRPC's content type, alone or followed by a suffix; grpc-web is another protocol. */
  static boolean isGrpc(@Nullable CharSequence contentType) {
    if (contentType == null || contentType.length() < GRPC.length()) {
      return false;
    }
    String text = contentType.toString();
    if (!text.regionMatches(true, 0, GRPC, 0, GRPC.length())) {
      return false;
    }
    return text.length() == GRPC.length() || "+;".indexOf(text.charAt(GRPC.length())) >= 0;
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int padding,
      boolean endOfStream)
      throws Http2Exception {
    if (!takes(ctx, streamId, headers, endOfStream)) {
      super.onHeadersRead(ctx, streamId, headers, padding, endOfStream);
    }
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endOfStream)
      throws Http2Exception {
    if (!takes(ctx, streamId, headers, endOfStream)) {
      super.onHeadersRead(
          ctx, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
    }
  }

  /**
   * Handles the header block if its stream is REST. grpc-java's request headers implement few of
   * the getters, and those for AsciiString alone.
   */
  private boolean takes(
      ChannelHandlerContext ctx, int streamId, Http2Headers headers, boolean endOfStream) {
    Http2Stream stream = handler.connection().stream(streamId);
    if (stream == null) {
      return false;
    }
    Http2Exchange exchange = stream.getProperty(key);
    if (exchange != null) {
      if (endOfStream) { // A second header block is trailers, which REST has no use for.
        exchange.data(Unpooled.EMPTY_BUFFER, true);
      }
      return true;
    }
    if (stream.getProperty(grpcKey) != null) {
      return false; // Trailers of a gRPC stream, which repeat no content type.
    }
    if (isGrpc(headers.get(HttpHeaderNames.CONTENT_TYPE))) {
      stream.setProperty(grpcKey, Boolean.TRUE);
      return false;
    }
    CharSequence method = headers.method();
    CharSequence path = headers.path();
    exchange =
        open(
            ctx,
            stream,
            method == null ? "" : method.toString(),
            path == null ? "" : path.toString(),
            headers);
    if (endOfStream) {
      exchange.data(Unpooled.EMPTY_BUFFER, true);
    } else {
      exchange.arm();
    }
    return true;
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
      throws Http2Exception {
    Http2Stream stream = handler.connection().stream(streamId);
    Http2Exchange exchange = stream == null ? null : stream.getProperty(key);
    if (exchange == null) {
      return super.onDataRead(ctx, streamId, data, padding, endOfStream);
    }
    int bytes = data.readableBytes() + padding;
    exchange.data(data, endOfStream);
    return bytes; // Bodies are bounded, so the window may open again at once.
  }

  /** Serves the request of an h2c upgrade, which has become stream 1. */
  void serveUpgraded(ChannelHandlerContext ctx, FullHttpRequest request) {
    Http2Stream stream = handler.connection().stream(1);
    if (stream == null) {
      return;
    }
    HttpHeaders headers = request.headers();
    open(ctx, stream, request.method().name(), request.uri(), headers::iteratorCharSequence)
        .data(request.content(), true);
  }

  private Http2Exchange open(
      ChannelHandlerContext ctx,
      Http2Stream stream,
      String method,
      String target,
      Iterable<Map.Entry<CharSequence, CharSequence>> headers) {
    Http2Exchange exchange = new Http2Exchange(handler, ctx, stream.id(), calls);
    stream.setProperty(key, exchange);
    exchange.open(method, target, headers);
    return exchange;
  }
}
