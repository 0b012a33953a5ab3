package dev.gatun.server.net;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.time.Duration;

/** The HTTP/1.x connections that grpc-java does not know any more. Any thread. */
final class Http1Connections {
  private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private volatile boolean draining;

  /** Adds an open connection; it leaves by itself when it closes. */
  void add(Channel channel, Http1Connection connection) {
    open.add(channel);
    if (draining) {
      connection.drain();
    }
  }

  int size() {
    return open.size();
  }

  /** Closes idle connections now and the others after their answer. */
  void drain() {
    draining = true;
    for (Channel channel : open) {
      Http1Connection connection = channel.pipeline().get(Http1Connection.class);
      if (connection != null) {
        connection.drain();
      }
    }
  }

  /** Blocks until all are closed; false if some still are open after the time. */
  boolean awaitClosed(Duration timeout) throws InterruptedException {
    return open.newCloseFuture().await(timeout.toMillis());
  }

  /** Closes all at once; false if that takes longer than the time. */
  boolean close(Duration timeout) throws InterruptedException {
    return open.close().await(timeout.toMillis());
  }
}
