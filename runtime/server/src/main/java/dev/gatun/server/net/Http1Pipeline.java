package dev.gatun.server.net;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ServerUpgradeCodec;
import io.netty.util.AsciiString;

/** The handlers of an HTTP/1.x connection, h2c upgrade included. */
final class Http1Pipeline {
  /** Requests with larger or chunked bodies are not upgraded, which HTTP leaves to the server. */
  private static final int MAX_UPGRADE_BODY_BYTES = 64 * 1024;

  private Http1Pipeline() {}

  /**
   * Adds the handlers behind the given one.
   *
   * @param http2 becomes the connection's handler if the first request upgrades to h2c
   */
  static void addAfter(
      ChannelHandlerContext ctx,
      Http2ConnectionHandler http2,
      Http1Connection connection,
      int maxHeaderBytes) {
    HttpServerCodec codec =
        new HttpServerCodec(
            new HttpDecoderConfig()
                .setMaxInitialLineLength(maxHeaderBytes)
                .setMaxHeaderSize(maxHeaderBytes)
                .setUseRfc9112TransferEncoding(true));
    ChannelHandler upgrade = new UpgradeHandler(codec, http2);
    ctx.pipeline().addAfter(ctx.name(), null, connection);
    ctx.pipeline().addAfter(ctx.name(), null, upgrade);
    ctx.pipeline().addAfter(ctx.name(), null, codec);
  }

  /** Upgrades the first request if it asks for h2c, else goes away. */
  private static final class UpgradeHandler extends HttpServerUpgradeHandler {
    UpgradeHandler(HttpServerCodec codec, Http2ConnectionHandler http2) {
      super(
          codec,
          protocol -> isH2c(protocol) ? new Http2ServerUpgradeCodec(http2) : null,
          MAX_UPGRADE_BODY_BYTES,
          DefaultHttpHeadersFactory.headersFactory(),
          DefaultHttpHeadersFactory.trailersFactory(),
          true);
    }

    @Override
    protected boolean shouldHandleUpgradeRequest(HttpRequest request) {
      return isH2c(request.headers().get(HttpHeaderNames.UPGRADE))
          && request.decoderResult().isSuccess()
          && !HttpUtil.isTransferEncodingChunked(request)
          && HttpUtil.getContentLength(request, 0L) <= MAX_UPGRADE_BODY_BYTES;
    }

    private static boolean isH2c(CharSequence protocol) {
      return AsciiString.contentEquals(Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME, protocol);
    }
  }
}
