package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class Http2Test {
  private static TestServer server;

  @BeforeAll
  static void startServer() throws IOException {
    server = TestServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Test
  void servesRestAndGrpcStreamsOnOneConnection() {
    try (H2Client client = new H2Client(server.port())) {
      List<H2Client.Stream> rest = new ArrayList<>();
      List<H2Client.Stream> grpc = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        byte[] body = ("message " + i).getBytes(UTF_8);
        rest.add(client.request("POST", "/echo?n=" + i, Map.of(), body));
        grpc.add(client.grpc("test.Echo/Echo", body));
      }
      for (int i = 0; i < 50; i++) {
        H2Client.Stream answer = rest.get(i).awaitEnd();
        assertThat(answer.status()).isEqualTo("200");
        assertThat(answer.text()).isEqualTo("message " + i);
        assertThat(grpc.get(i).awaitEnd().grpcStatus()).isEqualTo("0");
        assertThat(grpc.get(i).text()).endsWith("message " + i);
      }
    }
  }

  @Test
  void tellsGrpcByItsExactContentType() {
    assertThat(Http2RestStreams.isGrpc("application/grpc")).isTrue();
    assertThat(Http2RestStreams.isGrpc("application/grpc+proto")).isTrue();
    assertThat(Http2RestStreams.isGrpc("application/grpc;charset=utf-8")).isTrue();
    assertThat(Http2RestStreams.isGrpc("Application/gRPC")).isTrue();
    assertThat(Http2RestStreams.isGrpc("application/grpc-web")).isFalse();
    assertThat(Http2RestStreams.isGrpc("application/json")).isFalse();
    assertThat(Http2RestStreams.isGrpc("application/grp")).isFalse();
    assertThat(Http2RestStreams.isGrpc(null)).isFalse();
  }

  @Test
  void answersHeadWithoutBodyAndUnknownPathsAsJson() {
    try (H2Client client = new H2Client(server.port())) {
      H2Client.Stream head = client.request("HEAD", "/hello", Map.of(), new byte[0]).awaitEnd();
      H2Client.Stream lost = client.get("/v1/lost").awaitEnd();

      assertThat(head.status()).isEqualTo("200");
      assertThat(head.numBytes()).isZero();
      assertThat(lost.status()).isEqualTo("404");
      assertThat(lost.contentType()).isEqualTo("application/json");
      assertThat(lost.text()).contains("\"type\":\"NotFoundError\"");
    }
  }

  @Test
  void readsBodiesThatEndWithTrailers() {
    try (H2Client client = new H2Client(server.port())) {
      H2Client.Stream stream = client.open("POST", "/echo", Map.of(), false);
      stream.send("abc".getBytes(UTF_8), false);
      stream.sendTrailers();

      assertThat(stream.awaitEnd().text()).isEqualTo("abc");
    }
  }

  @Test
  void refusesOversizedBodiesAndGoesOn() {
    try (H2Client client = new H2Client(server.port())) {
      byte[] fits = new byte[TestServer.MAX_BYTES];
      byte[] over = new byte[TestServer.MAX_BYTES + 1];
      Map<String, String> announced = Map.of("content-length", String.valueOf(over.length));

      assertThat(client.request("POST", "/echo", announced, over).awaitEnd().status())
          .isEqualTo("413");
      assertThat(client.request("POST", "/echo", Map.of(), over).awaitEnd().status())
          .isEqualTo("413");
      assertThat(client.request("POST", "/echo", Map.of(), fits).awaitEnd().numBytes())
          .isEqualTo(fits.length);
      assertThat(client.grpc("test.Echo/Echo", over).awaitEnd().grpcStatus()).isEqualTo("8");
      assertThat(client.grpc("test.Echo/Echo", new byte[1000]).awaitEnd().grpcStatus())
          .isEqualTo("0");
      assertThat(client.get("/hello").awaitEnd().text()).isEqualTo("hello");
    }
  }

  @Test
  void refusesOversizedHeadersAndGoesOn() {
    try (H2Client client = new H2Client(server.port())) {
      H2Client.Stream large =
          client.request("GET", "/hello", Map.of("a", "x".repeat(40_000)), new byte[0]);

      assertThat(large.awaitEnd().status()).isEqualTo("431");
      assertThat(client.get("/hello").awaitEnd().text()).isEqualTo("hello");
    }
  }

  @Test
  void refusesTargetsThatAreNotPaths() {
    try (H2Client client = new H2Client(server.port())) {
      assertThat(client.get("hello").awaitEnd().status()).isEqualTo("400");
      assertThat(client.get("/hello").awaitEnd().status()).isEqualTo("200");
    }
  }

  @Test
  void resetsAStreamThatItsHandlerLeftUnfinished() {
    try (H2Client client = new H2Client(server.port())) {
      assertThat(client.get("/half").awaitEnd().isReset()).isTrue();
      assertThat(client.get("/silent").awaitEnd().status()).isEqualTo("500");
    }
  }

  @Test
  void tellsTheHandlerThatItsStreamOrConnectionIsGone() throws IOException {
    try (TestServer own = TestServer.start()) {
      try (H2Client client = new H2Client(own.port())) {
        client.get("/gated").awaitText("first").cancel();
        Await.until("the reset is seen", () -> own.numDisconnects.get() == 1);
        assertThat(client.get("/hello").awaitEnd().text()).isEqualTo("hello");
        client.get("/gated").awaitText("first");
      }
      Await.until("the close is seen", () -> own.numDisconnects.get() == 2);
      own.gate.countDown();
      Await.until("both producers see it", () -> own.numDisconnects.get() == 202);
    }
  }

  @Test
  void letsAStreamOutliveTheConnectionAge() throws IOException {
    try (TestServer own =
            TestServer.start(config -> config.maxConnectionAge(Duration.ofMillis(300)));
        H2Client client = new H2Client(own.port())) {
      H2Client.Stream stream = client.get("/gated").awaitText("first");
      Await.until("GOAWAY", () -> client.numGoAways.get() > 0);
      assertThat(client.isOpen()).isTrue();

      own.gate.countDown();

      assertThat(stream.awaitEnd().text()).endsWith("data: last\n\n");
      Await.until("the connection closes", () -> !client.isOpen());
    }
  }

  @Test
  void resetsStreamsWhoseBodiesStall() throws IOException {
    try (TestServer own = TestServer.start(config -> config.stallTimeout(Duration.ofMillis(300)));
        H2Client client = new H2Client(own.port())) {
      H2Client.Stream headOnly = client.open("POST", "/echo", Map.of(), false);
      H2Client.Stream begun = client.open("POST", "/echo", Map.of(), false);
      begun.send("a".getBytes(UTF_8), false);

      assertThat(headOnly.awaitEnd().isReset()).isTrue();
      assertThat(begun.awaitEnd().isReset()).isTrue();
      assertThat(client.get("/hello").awaitEnd().text()).isEqualTo("hello");
    }
  }

  @Test
  void refusesCallsOverTheLimit() throws IOException {
    try (TestServer own = TestServer.start(config -> config.maxConcurrentCalls(1));
        H2Client client = new H2Client(own.port())) {
      H2Client.Stream gated = client.get("/gated").awaitText("first");
      assertThat(client.get("/hello").awaitEnd().status()).isEqualTo("503");
      assertThat(client.get("/health").awaitEnd().status()).isEqualTo("200");

      own.gate.countDown();
      gated.awaitEnd();
      Await.until("the place is free", () -> own.transport.numCalls() == 0);
      assertThat(client.get("/hello").awaitEnd().status()).isEqualTo("200");
    }
  }

  @Test
  void closesConnectionsWithoutRequests() throws IOException {
    try (TestServer own = TestServer.start(config -> config.idleTimeout(Duration.ofMillis(300)));
        H2Client client = new H2Client(own.port())) {
      Await.until("the connection closes", () -> !client.isOpen());
    }
  }
}
