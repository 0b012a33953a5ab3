package dev.gatun.server.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Map;

/** The answer to one request on an HTTP/1.x connection. Event loop thread. */
final class Http1Exchange implements ResponseSink {
  private final ChannelHandlerContext ctx;
  private final Http1Connection connection;
  private final boolean isHttp10;
  private final ResponseWriter writer;
  private boolean keepAlive;

  Http1Exchange(
      ChannelHandlerContext ctx,
      Http1Connection connection,
      HttpRequest request,
      boolean keepAlive,
      Calls calls) {
    this.ctx = ctx;
    this.connection = connection;
    this.isHttp10 = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    this.keepAlive = keepAlive;
    this.writer = calls.writer(this, request.method().name());
  }

  ResponseWriter writer() {
    return writer;
  }

  /** Makes this the connection's last answer. */
  void endConnection() {
    keepAlive = false;
  }

  @Override
  public void execute(Runnable task) {
    ctx.executor().execute(task);
  }

  @Override
  public ChannelPromise newPromise() {
    return ctx.newPromise();
  }

  @Override
  public void head(
      int status, Map<String, String> headers, long length, boolean end, ChannelPromise promise) {
    HttpResponse answer =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    headers.forEach(answer.headers()::set);
    if (length >= 0) {
      answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
    } else if (isHttp10) {
      keepAlive = false; // HTTP/1.0 has no chunks: the end of the connection ends the body.
    } else {
      answer.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    keepAlive &= !connection.isDraining();
    if (!keepAlive) {
      answer.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (isHttp10) {
      answer.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
    if (!end) {
      var _ = ctx.write(answer, promise);
      return;
    }
    var _ = ctx.write(answer);
    var _ = ctx.write(new DefaultLastHttpContent(), last(promise));
  }

  @Override
  public void data(byte[] bytes, int offset, int length, boolean end, ChannelPromise promise) {
    var data = Unpooled.wrappedBuffer(bytes, offset, length);
    if (end) {
      var _ = ctx.write(new DefaultLastHttpContent(data), last(promise));
    } else {
      var _ = ctx.write(new DefaultHttpContent(data), promise);
    }
  }

  private ChannelPromise last(ChannelPromise promise) {
    promise.addListener(_ -> connection.answered(keepAlive));
    return promise;
  }

  @Override
  public void flush() {
    ctx.flush();
  }

  @Override
  public void abort() {
    var _ = ctx.close();
  }
}
