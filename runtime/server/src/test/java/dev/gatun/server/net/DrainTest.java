package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class DrainTest {
  private static final String GATED = "GET /gated HTTP/1.1\r\nHost: x\r\n\r\n";

  private static CompletableFuture<Boolean> drain(TestServer server, Duration grace) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return server.transport.drain(grace);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void finishesStreamsOfAllProtocolsAndClosesIdleConnectionsAtOnce() throws Exception {
    try (TestServer server = TestServer.start();
        RawClient h1 = new RawClient(server.port());
        RawClient idle = new RawClient(server.port());
        RawClient undecided = new RawClient(server.port());
        H2Client h2 = new H2Client(server.port());
        UpgradedClient h2c = new UpgradedClient(server.port(), "/gated")) {
      ManagedChannel channel = server.channel();
      Iterator<byte[]> grpc =
          ClientCalls.blockingServerStreamingCall(
              channel, EchoService.GATED, CallOptions.DEFAULT, "message".getBytes(UTF_8));
      assertThat(grpc.next()).asString(UTF_8).isEqualTo("message");
      h1.send(GATED).readThrough("first");
      h2c.readThrough("data: first\n\n");
      H2Client.Stream stream = h2.get("/gated").awaitText("first");
      idle.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").readAnswer();
      undecided.send("P");

      CompletableFuture<Boolean> drained = drain(server, Duration.ofSeconds(10));
      assertThat(idle.readAll()).isEmpty();
      assertThat(undecided.readAll()).isEmpty();
      Await.until("GOAWAY", () -> h2.numGoAways.get() > 0);
      assertThatThrownBy(() -> new RawClient(server.port()).close())
          .isInstanceOf(IOException.class);
      assertThat(drained).isNotDone();
      server.gate.countDown();

      assertThat(h1.readAll()).contains("data: last");
      assertThat(h2c.readThrough("data: last\n\n")).contains("data: last");
      assertThat(stream.awaitEnd().text()).contains("data: last");
      assertThat(grpc.next()).asString(UTF_8).isEqualTo("message");
      assertThat(grpc.hasNext()).isFalse();
      h2c.readAll();
      TestServer.shutdown(channel);
      assertThat(drained.get()).isTrue();
      assertThat(server.numDisconnects).hasValue(0);
    }
  }

  @Test
  void tellsKeepAliveClientsToGoWithTheirLastAnswer() throws Exception {
    try (TestServer server = TestServer.start();
        RawClient client = new RawClient(server.port())) {
      client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
      RawClient idle = new RawClient(server.port());
      idle.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n").readAnswer();

      CompletableFuture<Boolean> drained = drain(server, Duration.ofSeconds(10));
      assertThat(idle.readAll()).isEmpty();
      client.send("b");

      assertThat(client.readAll()).contains("connection: close").endsWith("ab");
      assertThat(drained.get()).isTrue();
    }
  }

  @Test
  void cutsWhatOutlivesTheGraceAndInterruptsItsHandlers() throws Exception {
    try (TestServer server = TestServer.start();
        RawClient h1 = new RawClient(server.port());
        H2Client h2 = new H2Client(server.port())) {
      h1.send(GATED).readThrough("first");
      H2Client.Stream stream = h2.get("/gated").awaitText("first");
      H2Client.Stream grpc = h2.grpc("test.Echo/Gated", "message".getBytes(UTF_8));
      grpc.awaitText("message");

      assertThat(server.transport.drain(Duration.ofMillis(200))).isFalse();

      assertThat(h1.readAll()).doesNotContain("last");
      assertThat(stream.awaitEnd().isReset()).isTrue();
      assertThat(grpc.awaitEnd().isReset()).isTrue();
      assertThat(server.numInterrupts).hasValue(2);
      assertThat(server.numDisconnects).hasValue(2);
      assertThat(server.transport.numCalls()).isZero();
    }
  }

  @Test
  void closesTwiceAndFreesThePort() throws Exception {
    TestServer first = TestServer.start();
    int port = first.port();
    first.close();
    first.close();

    try (TestServer second = TestServer.start(config -> config.port(port));
        RawClient client = new RawClient(second.port())) {
      client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(client.readAnswer()).endsWith("hello");
      assertThatThrownBy(() -> TestServer.start(config -> config.port(port)).close())
          .isInstanceOf(IOException.class);
    }
  }
}
