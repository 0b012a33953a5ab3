package dev.gatun.server.net;

import dev.gatun.server.http.HttpHandler;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's sockets: all protocols on one port, gRPC on a second one if asked for. gRPC services
 * and REST handlers run on virtual threads. Methods may be called from any thread.
 */
public final class ServerTransport implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServerTransport.class);

  /** Time that interrupted calls and event loops have to end after everything is closed. */
  private static final Duration FORCE_TIME = Duration.ofSeconds(5);

  private final Calls calls;
  private final OpenConnections connections = new OpenConnections();
  private final EventLoopGroup acceptor;
  private final EventLoopGroup workers;
  private final ExecutorService grpcCalls;
  private final List<Server> servers = new ArrayList<>();

  private ServerTransport(TransportConfig config, HttpHandler root) {
    calls = new Calls(root, config);
    acceptor = eventLoops("gatun-accept", 1);
    workers = eventLoops("gatun-io", config.workerThreads());
    grpcCalls = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("grpc-", 0).factory());
  }

  private static EventLoopGroup eventLoops(String name, int numThreads) {
    return new MultiThreadIoEventLoopGroup(
        numThreads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
  }

  /**
   * Binds the ports and serves.
   *
   * @param services gRPC services, on both ports
   * @param interceptors around every gRPC call, outermost first
   * @param root answers all REST calls
   * @throws IOException if a port cannot be bound
   */
  public static ServerTransport start(
      TransportConfig config,
      List<ServerServiceDefinition> services,
      List<ServerInterceptor> interceptors,
      HttpHandler root)
      throws IOException {
    ServerTransport transport = new ServerTransport(config, root);
    boolean started = false;
    try {
      ServerCredentials all = GrpcHooks.credentials(transport.calls, transport.connections);
      transport.bind(config, config.port(), all, services, interceptors);
      if (config.grpcPort().isPresent()) {
        int port = config.grpcPort().getAsInt();
        ServerCredentials grpcOnly = InsecureServerCredentials.create();
        transport.bind(config, port, grpcOnly, services, interceptors);
      }
      started = true;
    } finally {
      if (!started) {
        transport.close();
      }
    }
    log.info(
        "listening host={} port={} grpcPort={}",
        config.host(),
        transport.port(),
        transport.grpcPort().isPresent() ? transport.grpcPort().getAsInt() : "none");
    return transport;
  }

  private void bind(
      TransportConfig config,
      int port,
      ServerCredentials credentials,
      List<ServerServiceDefinition> services,
      List<ServerInterceptor> interceptors)
      throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(config.host(), port), credentials)
            .channelType(NioServerSocketChannel.class)
            // Own loops: grpc-java may end its shared ones under HTTP/1.1 connections it forgot.
            .bossEventLoopGroup(acceptor)
            .workerEventLoopGroup(workers)
            .executor(grpcCalls)
            .addServices(services)
            .maxInboundMessageSize(config.maxMessageBytes())
            .maxInboundMetadataSize(config.maxHeaderBytes())
            .maxConcurrentCallsPerConnection(config.maxStreamsPerConnection())
            .handshakeTimeout(config.handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS)
            .maxConnectionIdle(config.idleTimeout().toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTime(config.keepAliveTime().toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(config.keepAliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveTime(config.permitKeepAliveTime().toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .maxConnectionAgeGrace(
                config.maxConnectionAgeGrace().toMillis(), TimeUnit.MILLISECONDS);
    config
        .maxConnectionAge()
        .ifPresent(age -> builder.maxConnectionAge(age.toMillis(), TimeUnit.MILLISECONDS));
    // grpc-java runs the interceptor added last first.
    interceptors.reversed().forEach(builder::intercept);
    Server server = builder.build();
    server.start();
    servers.add(server);
  }

  /** The bound one port. */
  public int port() {
    return servers.getFirst().getPort();
  }

  /** The bound port for gRPC alone. */
  public OptionalInt grpcPort() {
    return servers.size() > 1 ? OptionalInt.of(servers.get(1).getPort()) : OptionalInt.empty();
  }

  /** Number of REST calls being served now. */
  public int numCalls() {
    return calls.numRunning();
  }

  /**
   * Stops accepting, tells clients to go elsewhere (GOAWAY, {@code Connection: close}), closes idle
   * connections at once and lets calls of all protocols finish; what still runs after the grace is
   * cut. Blocks until all connections are closed.
   *
   * @return whether everything finished within the grace
   */
  public boolean drain(Duration grace) throws InterruptedException {
    long deadline = System.nanoTime() + grace.toNanos();
    stopAccepting();
    boolean finished = true;
    for (Server server : servers) {
      finished &= server.awaitTermination(left(deadline).toMillis(), TimeUnit.MILLISECONDS);
    }
    finished &= connections.awaitHttp1Closed(left(deadline));
    finished &= calls.awaitIdle(left(deadline));
    if (!finished) {
      log.warn(
          "drain cuts calls after its grace graceMillis={} numHttpCalls={} numHttp1={} numHttp2={}",
          grace.toMillis(),
          calls.numRunning(),
          connections.numHttp1(),
          connections.numHttp2());
      cut();
    }
    return finished;
  }

  private void stopAccepting() {
    servers.forEach(Server::shutdown);
    connections.drainHttp1();
  }

  private void cut() throws InterruptedException {
    long deadline = System.nanoTime() + FORCE_TIME.toNanos();
    servers.forEach(Server::shutdownNow);
    calls.interruptAll();
    connections.close(left(deadline));
    for (Server server : servers) {
      server.awaitTermination(left(deadline).toMillis(), TimeUnit.MILLISECONDS);
    }
    if (!calls.awaitIdle(left(deadline))) {
      log.warn("calls ignore their interrupt numCalls={}", calls.numRunning());
    }
  }

  private static Duration left(long deadlineNanos) {
    return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
  }

  /** Cuts whatever still runs and gives the threads back. */
  @Override
  public void close() {
    try {
      stopAccepting();
      cut();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    long millis = FORCE_TIME.toMillis();
    workers.shutdownGracefully(0, millis, TimeUnit.MILLISECONDS).awaitUninterruptibly(millis);
    acceptor.shutdownGracefully(0, millis, TimeUnit.MILLISECONDS).awaitUninterruptibly(millis);
    // Last, since cancelled calls are told on it; interrupts those that still block.
    grpcCalls.shutdownNow();
  }
}
