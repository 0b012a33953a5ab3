package dev.gatun.server.net;

import dev.gatun.server.http.HttpRefusal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One REST request and its answer on an HTTP/2 stream. Writes through the connection's encoder with
 * the handler's own context: the channel's write accepts grpc-java's commands alone, and a flush
 * below the handler would never release flow-controlled data. Event loop thread.
 */
final class Http2Exchange implements ResponseSink {
  private final Http2ConnectionHandler handler;
  private final ChannelHandlerContext ctx;
  private final int streamId;
  private final Calls calls;
  private final ByteBudget.Lease lease;

  private RequestHead head = new RequestHead("", "/", "", Map.of(), "");
  private @Nullable ResponseWriter writer;

  /** Null once the request is complete or refused: what then arrives is discarded. */
  private @Nullable BodyBuffer body;

  private @Nullable Future<?> stallTimer;
  private long discardedBytes;
  private boolean endQueued;

  Http2Exchange(
      Http2ConnectionHandler handler, ChannelHandlerContext ctx, int streamId, Calls calls) {
    this.handler = handler;
    this.ctx = ctx;
    this.streamId = streamId;
    this.calls = calls;
    this.lease = calls.lease();
  }

  /** Takes the request's head. */
  void open(String method, String target, Iterable<Map.Entry<CharSequence, CharSequence>> headers) {
    ResponseWriter answer = calls.writer(this, method);
    writer = answer;
    try {
      if (method.isEmpty()) {
        throw new RefusedException(HttpRefusal.MALFORMED, "request has no method");
      }
      String remote = String.valueOf(ctx.channel().remoteAddress());
      head = RequestHead.of(method, target, headers, remote);
      body = new BodyBuffer(calls.config().maxBodyBytes(), contentLength(), lease);
    } catch (RefusedException refused) {
      refuse(answer, refused);
    }
  }

  private long contentLength() throws RefusedException {
    String value = head.headers().get("content-length");
    if (value == null) {
      return -1;
    }
    if (value.isEmpty()
        || value.length() > 18
        || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new RefusedException(HttpRefusal.MALFORMED, "malformed content-length: " + value);
    }
    return Long.parseLong(value);
  }

  /** Takes a piece of the request's body; the caller keeps the buffer. */
  void data(ByteBuf data, boolean end) {
    BodyBuffer collecting = body;
    ResponseWriter answer = writer;
    if (collecting == null || answer == null) {
      discard(data.readableBytes());
      return;
    }
    disarm();
    try {
      collecting.add(data);
    } catch (RefusedException refused) {
      refuse(answer, refused);
      return;
    }
    if (end) {
      body = null;
      calls.start(head, collecting.bytes(), lease, answer);
    } else {
      arm();
    }
  }

  /** A body that stops arriving must not hold its memory as long as its connection lives. */
  void arm() {
    if (body != null) {
      stallTimer =
          ctx.executor()
              .schedule(
                  (Runnable) () -> reset(Http2Error.CANCEL),
                  calls.config().stallTimeout().toMillis(),
                  TimeUnit.MILLISECONDS);
    }
  }

  private void disarm() {
    if (stallTimer != null) {
      stallTimer.cancel(false);
      stallTimer = null;
    }
  }

  private void refuse(ResponseWriter answer, RefusedException refused) {
    body = null;
    lease.release();
    calls.refuse(head, answer, refused);
  }

  /**
   * Drops what a refused client still sends. Resetting the stream at once would make clients lose
   * the answer, so that comes only when they send much more.
   */
  private void discard(int bytes) {
    discardedBytes += bytes;
    if (discardedBytes > calls.config().maxBodyBytes()) {
      discardedBytes = Long.MIN_VALUE; // Once is enough.
      reset(Http2Error.NO_ERROR);
    }
  }

  /** The stream is closed, by the end of the answer, by a reset or with its connection. */
  void streamClosed() {
    disarm();
    if (body != null) {
      body = null;
      lease.release();
    }
    // When the answer's end has been queued its promises tell whether the client still got it.
    if (writer != null && !endQueued) {
      writer.disconnected();
    }
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
    Http2Headers answer = new DefaultHttp2Headers().status(Integer.toString(status));
    headers.forEach(answer::set);
    if (length >= 0 && status != 204 && status != 304) {
      answer.set("content-length", Long.toString(length));
    }
    endQueued |= end;
    var _ = handler.encoder().writeHeaders(ctx, streamId, answer, 0, end, promise);
  }

  @Override
  public void data(byte[] bytes, int offset, int length, boolean end, ChannelPromise promise) {
    endQueued |= end;
    ByteBuf data = Unpooled.wrappedBuffer(bytes, offset, length);
    var _ = handler.encoder().writeData(ctx, streamId, data, 0, end, promise);
  }

  @Override
  public void flush() {
    handler.flush(ctx);
  }

  @Override
  public void abort() {
    reset(Http2Error.INTERNAL_ERROR);
  }

  private void reset(Http2Error error) {
    if (handler.connection().stream(streamId) != null) {
      var _ = handler.encoder().writeRstStream(ctx, streamId, error.code(), ctx.newPromise());
      handler.flush(ctx);
    }
  }
}
