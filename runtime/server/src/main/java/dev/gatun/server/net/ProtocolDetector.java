package dev.gatun.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells HTTP/2 from HTTP/1.1 by comparing the first bytes with the HTTP/2 preface; the first byte
 * that differs decides. POST, PUT, PATCH and PROPFIND share one or two bytes with it. A first byte
 * that begins no verb (a TLS hello, garbage) closes the connection.
 *
 * <p>Holds back the events that arrive before the decision. Has no timer: whoever accepts the
 * connection bounds the time to its first request. Event loop thread.
 */
final class ProtocolDetector extends ChannelInboundHandlerAdapter {

  /** What to do with a connection that is decided. The callee replaces the detector. */
  interface Outcome {

    /** Takes over an HTTP/2 connection; owns the bytes, which begin with the preface. */
    void http2(ChannelHandlerContext detector, List<Object> heldEvents, ByteBuf first);

    /** Takes over an HTTP/1.x connection; owns the bytes. */
    void http1(ChannelHandlerContext detector, ByteBuf first);
  }

  private final Outcome outcome;
  private final List<Object> heldEvents = new ArrayList<>();
  private @Nullable ByteBuf received;

  ProtocolDetector(Outcome outcome) {
    this.outcome = outcome;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    heldEvents.add(event);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf all =
        received == null
            ? (ByteBuf) message
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(
                ctx.alloc(), received, (ByteBuf) message);
    received = all;
    if (!all.isReadable()) {
      return;
    }
    byte first = all.getByte(all.readerIndex());
    if (first < 'A' || first > 'Z') {
      var _ = ctx.close();
      return;
    }
    ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();
    try {
      decide(ctx, all, preface);
    } finally {
      preface.release();
    }
  }

  private void decide(ChannelHandlerContext ctx, ByteBuf all, ByteBuf preface) {
    int common = Math.min(all.readableBytes(), preface.readableBytes());
    for (int i = 0; i < common; i++) {
      if (all.getByte(all.readerIndex() + i) != preface.getByte(i)) {
        received = null;
        outcome.http1(ctx, all);
        return;
      }
    }
    if (common == preface.readableBytes()) {
      received = null;
      outcome.http2(ctx, List.copyOf(heldEvents), all);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    ReferenceCountUtil.release(received);
    received = null;
  }
}
