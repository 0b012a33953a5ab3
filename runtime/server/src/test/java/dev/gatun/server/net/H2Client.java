package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One HTTP/2 connection with prior knowledge and streams of any kind. Used by a test's thread. */
final class H2Client implements AutoCloseable {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel connection;
  final AtomicInteger numGoAways = new AtomicInteger();

  H2Client(int port) {
    connection =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            Http2FrameCodecBuilder.forClient()
                                .encoderIgnoreMaxHeaderListSize(true)
                                .build())
                        .addLast(new Http2MultiplexHandler(new GoAways()))
                        .addLast(new GoAways());
                  }
                })
            .connect("127.0.0.1", port)
            .syncUninterruptibly()
            .channel();
  }

  private final class GoAways extends SimpleChannelInboundHandler<Object> {
    @Override
    public boolean isSharable() {
      return false;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Object message) {
      if (message instanceof Http2GoAwayFrame) {
        numGoAways.incrementAndGet();
      }
    }
  }

  boolean isOpen() {
    return connection.isOpen();
  }

  /** Sends a whole request. */
  Stream request(String method, String path, Map<String, String> headers, byte[] body) {
    Stream stream = open(method, path, headers, body.length == 0);
    if (body.length > 0) {
      stream.send(body, true);
    }
    return stream;
  }

  Stream get(String path) {
    return request("GET", path, Map.of(), new byte[0]);
  }

  /** Sends a gRPC request of one message. */
  Stream grpc(String method, byte[] message) {
    ByteBuf framed = Unpooled.buffer().writeByte(0).writeInt(message.length).writeBytes(message);
    byte[] bytes = new byte[framed.readableBytes()];
    framed.readBytes(bytes);
    return request(
        "POST", "/" + method, Map.of("content-type", "application/grpc", "te", "trailers"), bytes);
  }

  /** Sends a head. */
  Stream open(String method, String path, Map<String, String> headers, boolean end) {
    Stream stream = new Stream();
    stream.channel =
        new Http2StreamChannelBootstrap(connection)
            .handler(stream)
            .open()
            .syncUninterruptibly()
            .getNow();
    Http2Headers all =
        new DefaultHttp2Headers().method(method).path(path).scheme("http").authority("x");
    headers.forEach(all::set);
    stream.channel.writeAndFlush(new DefaultHttp2HeadersFrame(all, end)).syncUninterruptibly();
    return stream;
  }

  /** Closes the socket without a word. */
  @Override
  public void close() {
    connection.close().syncUninterruptibly();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** One stream's answer as far as it has come. Written by the event loop, read by any thread. */
  static final class Stream extends SimpleChannelInboundHandler<Object> {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private @Nullable Http2StreamChannel channel;
    private volatile String status = "";
    private volatile String contentType = "";
    private volatile @Nullable String grpcStatus;
    private volatile boolean ended;
    private volatile boolean reset;

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Object frame) {
      switch (frame) {
        case Http2HeadersFrame head -> {
          if (head.headers().status() != null) {
            status = head.headers().status().toString();
          }
          CharSequence type = head.headers().get("content-type");
          contentType = type == null ? contentType : type.toString();
          CharSequence code = head.headers().get("grpc-status");
          grpcStatus = code == null ? grpcStatus : code.toString();
          ended |= head.isEndStream();
        }
        case Http2DataFrame data -> {
          byte[] bytes = new byte[data.content().readableBytes()];
          data.content().readBytes(bytes);
          body.writeBytes(bytes);
          ended |= data.isEndStream();
        }
        default -> ReferenceCountUtil.touch(frame);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof Http2ResetFrame) {
        reset = true;
      }
      ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      reset |= !ended;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      reset = true;
    }

    void send(byte[] bytes, boolean end) {
      channel
          .writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(bytes), end))
          .awaitUninterruptibly();
    }

    void sendTrailers() {
      channel
          .writeAndFlush(
              new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().set("t", "u"), true))
          .syncUninterruptibly();
    }

    /** Stops or goes on reading, and so giving window back. */
    void read(boolean on) {
      channel.config().setAutoRead(on);
    }

    void cancel() {
      channel.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.CANCEL)).syncUninterruptibly();
    }

    Stream awaitEnd() {
      Await.until("the stream ends", () -> ended || reset);
      return this;
    }

    Stream awaitText(String text) {
      Await.until("the body has " + text, () -> text().contains(text));
      return this;
    }

    boolean isReset() {
      return reset;
    }

    boolean isEnded() {
      return ended;
    }

    String status() {
      return status;
    }

    String contentType() {
      return contentType;
    }

    @Nullable String grpcStatus() {
      return grpcStatus;
    }

    String text() {
      return body.toString(UTF_8);
    }

    int numBytes() {
      return body.size();
    }
  }
}
