package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.PathValues;
import dev.gatun.server.http.Router;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** An embedded server with REST routes and gRPC methods that show what the transport does. */
final class TestServer implements AutoCloseable {
  static final int MAX_BYTES = 1 << 20;
  static final Duration HANDSHAKE_TIMEOUT = Duration.ofMillis(1500);
  static final int FLOOD_EVENTS = 4000;
  static final int FLOOD_BYTES = 10_000;

  final CountDownLatch gate = new CountDownLatch(1);
  final EchoService echo = new EchoService(gate);
  final AtomicInteger numEvents = new AtomicInteger();
  final AtomicInteger numDisconnects = new AtomicInteger();
  final AtomicInteger numInterrupts = new AtomicInteger();
  final ServerTransport transport;

  private TestServer(TransportConfig config) throws IOException {
    Router router =
        Router.builder()
            .route("GET", "/hello", (call, _) -> text(call, "hello"))
            .route("GET", "/health", (call, _) -> text(call, "alive"))
            .route("POST", "/echo", TestServer::echo)
            .route("PROPFIND", "/echo", TestServer::echo)
            .route("POST", "/v1/echo", TestServer::echo)
            .route("GET", "/big", (call, _) -> call.respond(200, "text/plain", new byte[3 << 20]))
            .route("GET", "/flood", this::flood)
            .route("GET", "/gated", this::gated)
            .route("GET", "/silent", (_, _) -> {})
            .route("GET", "/header", TestServer::badHeader)
            .route("GET", "/half", TestServer::half)
            .build();
    transport = ServerTransport.start(config, List.of(echo.definition()), List.of(), router);
  }

  static TestServer start() throws IOException {
    return start(config -> config);
  }

  static TestServer start(UnaryOperator<TransportConfig.Builder> settings) throws IOException {
    TransportConfig.Builder config =
        TransportConfig.builder()
            .host("127.0.0.1")
            .port(0)
            .workerThreads(2)
            .maxMessageBytes(MAX_BYTES)
            .maxBodyBytes(MAX_BYTES)
            .handshakeTimeout(HANDSHAKE_TIMEOUT);
    return new TestServer(settings.apply(config).build());
  }

  int port() {
    return transport.port();
  }

  ManagedChannel channel() {
    return NettyChannelBuilder.forAddress("127.0.0.1", port()).usePlaintext().build();
  }

  static void shutdown(ManagedChannel channel) throws InterruptedException {
    channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  private static void text(HttpCall call, String text) {
    call.respond(200, "text/plain", text.getBytes(UTF_8));
  }

  private static void echo(HttpCall call, PathValues path) {
    call.respond(200, "application/octet-stream", Map.of("x-query", call.query()), call.body());
  }

  private static void badHeader(HttpCall call, PathValues path) {
    call.respond(200, "text/plain", Map.of("x-bad", "a\r\nb: c"), new byte[0]);
  }

  /** Ends without ending its stream. */
  private static void half(HttpCall call, PathValues path) throws InterruptedException {
    try {
      call.startStream(200, "text/plain", Map.of()).write("half".getBytes(UTF_8));
    } catch (IOException _) {
      throw new IllegalStateException("the client did not wait");
    }
  }

  private void flood(HttpCall call, PathValues path) throws InterruptedException {
    call.onDisconnect(numDisconnects::incrementAndGet);
    HttpCall.BodyStream stream = call.startStream(200, "text/event-stream", Map.of());
    byte[] event = ("data: " + "x".repeat(FLOOD_BYTES - 8) + "\n\n").getBytes(UTF_8);
    try {
      for (int i = 0; i < FLOOD_EVENTS; i++) {
        stream.write(event);
        numEvents.incrementAndGet();
      }
    } catch (IOException _) {
      numDisconnects.addAndGet(100); // The producer has seen it too.
    } finally {
      stream.end();
    }
  }

  private void gated(HttpCall call, PathValues path) throws InterruptedException {
    call.onDisconnect(numDisconnects::incrementAndGet);
    HttpCall.BodyStream stream = call.startStream(200, "text/event-stream", Map.of());
    try {
      stream.write("data: first\n\n".getBytes(UTF_8));
      gate.await();
      stream.write("data: last\n\n".getBytes(UTF_8));
    } catch (IOException _) {
      numDisconnects.addAndGet(100);
    } catch (InterruptedException e) {
      // Without an end: an answer that was cut must not look complete.
      numInterrupts.incrementAndGet();
      throw e;
    }
    stream.end();
  }

  @Override
  public void close() {
    transport.close();
  }
}
