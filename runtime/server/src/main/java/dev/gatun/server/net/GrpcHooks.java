package dev.gatun.server.net;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerCredentials;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.InternalWriteBufferingAndExceptionHandlerUtils;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.util.AsciiString;
import java.util.List;

/**
 * Every use of grpc-java's internal API: its protocol negotiator sees a connection before gRPC
 * does, which is how the other protocols get in. Check this class at each change of grpc-java's
 * version. Event loop threads; no state of its own.
 */
final class GrpcHooks implements InternalProtocolNegotiator.ProtocolNegotiator {
  private final Calls calls;
  private final OpenConnections connections;

  private GrpcHooks(Calls calls, OpenConnections connections) {
    this.calls = calls;
    this.connections = connections;
  }

  /** Credentials that make a NettyServerBuilder's server speak all protocols. */
  static ServerCredentials credentials(Calls calls, OpenConnections connections) {
    return InternalNettyServerCredentials.create(new GrpcHooks(calls, connections));
  }

  @Override
  public AsciiString scheme() {
    return AsciiString.of("http");
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler grpc) {
    return new ProtocolDetector(new Connection(grpc));
  }

  @Override
  public void close() {}

  /** Hands one connection over, together with grpc-java's idea of it. */
  private final class Connection implements ProtocolDetector.Outcome, Http1Connection.Owner {
    private final GrpcHttp2ConnectionHandler grpc;

    Connection(GrpcHttp2ConnectionHandler grpc) {
      this.grpc = grpc;
    }

    @Override
    public void http2(ChannelHandlerContext detector, List<Object> heldEvents, ByteBuf first) {
      connections.addHttp2(detector.channel());
      Http2RestStreams.install(grpc, calls);
      ChannelHandler plaintext = InternalProtocolNegotiators.serverPlaintext().newHandler(grpc);
      detector.pipeline().replace(detector.name(), null, plaintext);
      // Negotiation begins with its event; TCP metrics need channelActive; then the preface.
      heldEvents.forEach(detector::fireUserEventTriggered);
      detector.fireChannelActive();
      detector.fireChannelRead(first);
    }

    @Override
    public void http1(ChannelHandlerContext detector, ByteBuf first) {
      Http1Connection connection = new Http1Connection(calls, this);
      Http1Pipeline.addAfter(detector, grpc, connection, calls.config().maxHeaderBytes());
      detector.pipeline().remove(detector.name());
      detector.fireChannelRead(first);
    }

    @Override
    public void detached(ChannelHandlerContext ctx, Http1Connection connection) {
      // Without this the handshake timer, which waits for SETTINGS, would close the connection.
      // From here grpc-java neither drains nor closes it.
      grpc.notifyUnused();
      InternalWriteBufferingAndExceptionHandlerUtils.writeBufferingAndRemove(ctx.channel());
      connections.addHttp1(ctx.channel(), connection);
    }

    @Override
    public void upgraded(ChannelHandlerContext ctx, HttpServerUpgradeHandler.UpgradeEvent event) {
      connections.addHttp2(ctx.channel());
      Http2RestStreams streams = Http2RestStreams.install(grpc, calls);
      grpc.handleProtocolNegotiationCompleted(
          Attributes.newBuilder()
              .set(Grpc.TRANSPORT_ATTR_LOCAL_ADDR, ctx.channel().localAddress())
              .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, ctx.channel().remoteAddress())
              .build(),
          null);
      streams.serveUpgraded(ctx.pipeline().context(grpc), event.upgradeRequest());
    }
  }
}
