package dev.gatun.server.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;

/**
 * The connections that grpc-java cannot close alone: HTTP/1.x ones, which it does not know any
 * more, and HTTP/2 ones, whose forced close it leaves unfinished while only REST streams are open.
 * Any thread.
 */
final class OpenConnections {
  private final ChannelGroup http1 = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final ChannelGroup http2 = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private volatile boolean draining;

  /** Adds an open connection; it leaves by itself when it closes. */
  void addHttp1(Channel channel, Http1Connection connection) {
    http1.add(channel);
    if (draining) {
      connection.drain();
    }
  }

  /** Adds an open connection; it leaves by itself when it closes. */
  void addHttp2(Channel channel) {
    http2.add(channel);
  }

  int numHttp1() {
    return http1.size();
  }

  int numHttp2() {
    return http2.size();
  }

  /** Closes idle HTTP/1.x connections now and the others after their answer. */
  void drainHttp1() {
    draining = true;
    for (Channel channel : http1) {
      Http1Connection connection = channel.pipeline().get(Http1Connection.class);
      if (connection != null) {
        connection.drain();
      }
    }
  }

  /** Blocks until all HTTP/1.x ones are closed; false if some still are open after the time. */
  boolean awaitHttp1Closed(Duration timeout) throws InterruptedException {
    return http1.newCloseFuture().await(timeout.toMillis());
  }

  /** Closes all at once; gives up waiting after the time. */
  void close(Duration timeout) throws InterruptedException {
    var http1Closed = http1.close();
    for (Channel channel : http2) {
      channel
          .eventLoop()
          .execute(
              () -> {
                // From below the handler, which would begin another graceful close.
                ChannelHandlerContext handler =
                    channel.pipeline().context(Http2ConnectionHandler.class);
                var _ = handler == null ? channel.close() : handler.close();
              });
    }
    http1Closed.await(timeout.toMillis());
    http2.newCloseFuture().await(timeout.toMillis());
  }
}
