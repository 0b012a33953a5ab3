package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class Http1Test {
  private static TestServer server;

  @BeforeAll
  static void startServer() throws IOException {
    server = TestServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  private static RawClient client() throws IOException {
    return new RawClient(server.port());
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }

  private static String post(String path, String extraHeaders, String body) {
    return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + extraHeaders + "\r\n" + body;
  }

  private static String length(int bytes) {
    return "Content-Length: " + bytes + "\r\n";
  }

  @Test
  void servesManyRequestsOnOneConnection() throws IOException {
    try (RawClient client = client()) {
      for (int i = 0; i < 20; i++) {
        String body = "body " + i;
        client.send(post("/echo?n=" + i, length(body.length()), body));
        assertThat(client.readAnswer())
            .startsWith("HTTP/1.1 200 OK\r\n")
            .contains("x-query: n=" + i)
            .endsWith(body);
      }
    }
  }

  @Test
  void answersPipelinedRequestsInTheirOrder() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      all.append(post("/echo", length(2), String.valueOf(10 + i)));
    }
    try (RawClient client = client()) {
      client.send(all.toString());
      for (int i = 0; i < 50; i++) {
        assertThat(client.readAnswer()).endsWith("\r\n\r\n" + (10 + i));
      }
    }
  }

  @Test
  void answersHeadWithTheLengthAndNoBody() throws IOException {
    try (RawClient client = client()) {
      client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n" + get("/hello"));

      String head = client.readThrough("\r\n\r\n");
      assertThat(head).startsWith("HTTP/1.1 200").contains("content-length: 5");
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 200").endsWith("hello");
    }
  }

  @Test
  void letsAPatientClientSendItsBody() throws IOException {
    try (RawClient client = client()) {
      client.send(post("/echo", length(3) + "Expect: 100-continue\r\n", ""));
      assertThat(client.readThrough("\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      client.send("abcHEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");

      assertThat(client.readAnswer()).startsWith("HTTP/1.1 200").endsWith("abc");
      assertThat(client.readThrough("\r\n\r\n")).contains("content-length: 5");
    }
  }

  @Test
  void refusesAnExpectedBodyBeforeItIsSent() throws IOException {
    try (RawClient client = client()) {
      client.send(post("/echo", length(TestServer.MAX_BYTES + 1) + "Expect: 100-continue\r\n", ""));

      assertThat(client.readAll()).startsWith("HTTP/1.1 413").contains("connection: close");
    }
  }

  @Test
  void readsChunkedBodiesWithTrailers() throws IOException {
    try (RawClient client = client()) {
      client.send(
          post(
              "/echo",
              "Transfer-Encoding: chunked\r\n",
              "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: u\r\n\r\n"));

      assertThat(client.readAnswer()).endsWith("abcde");
    }
  }

  @Test
  void takesBodiesUpToTheLimitAndRefusesTheNextByte() throws IOException {
    try (RawClient client = client()) {
      String body = "x".repeat(TestServer.MAX_BYTES);
      client.send(post("/echo", length(body.length()), body));
      assertThat(client.readAnswer()).endsWith(body);

      client.send(post("/v1/echo", length(body.length() + 1), body));
      assertThat(client.readAll())
          .startsWith("HTTP/1.1 413")
          .contains("\"type\":\"RequestTooLargeError\"");
    }
  }

  @Test
  void refusesChunkedBodiesOverTheLimit() throws IOException {
    String chunk = "10000\r\n" + "x".repeat(0x10000) + "\r\n";
    try (RawClient client = client()) {
      client.send(post("/echo", "Transfer-Encoding: chunked\r\n", chunk.repeat(17)));

      assertThat(client.readAll()).startsWith("HTTP/1.1 413");
    }
    try (RawClient client = client()) {
      client.send(get("/hello"));
      assertThat(client.readAnswer()).endsWith("hello");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "deflate", "GZIP"})
  void decodesCompressedBodies(String encoding) throws IOException {
    byte[] packed = pack(encoding, "hello ".repeat(1000).getBytes(US_ASCII));
    try (RawClient client = client()) {
      client.send(
          post("/echo", length(packed.length) + "Content-Encoding: " + encoding + "\r\n", ""));
      client.send(packed);

      assertThat(client.readAnswer()).endsWith("hello ".repeat(1000));
    }
  }

  @ParameterizedTest
  @CsvSource({"gzip, 413", "deflate, 413"})
  void refusesBodiesThatUnpackOverTheLimit(String encoding, int status) throws IOException {
    byte[] packed = pack(encoding, new byte[TestServer.MAX_BYTES + 1]);
    byte[] fits = pack(encoding, new byte[TestServer.MAX_BYTES]);
    try (RawClient client = client()) {
      String header = "Content-Encoding: " + encoding + "\r\n";
      client.send(post("/echo", length(packed.length) + header, "")).send(packed);
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 " + status);

      client.send(post("/echo", length(fits.length) + header, "")).send(fits);
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 200");
    }
  }

  private static byte[] pack(String encoding, byte[] body) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (var out =
        encoding.equals("deflate")
            ? new DeflaterOutputStream(packed)
            : new GZIPOutputStream(packed)) {
      out.write(body);
    }
    return packed.toByteArray();
  }

  @Test
  void refusesUnknownAndDamagedEncodings() throws IOException {
    try (RawClient client = client()) {
      client.send(post("/echo", length(3) + "Content-Encoding: br\r\n", "abc"));
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 415");

      client.send(post("/echo", length(3) + "Content-Encoding: gzip\r\n", "abc"));
      assertThat(client.readAnswer()).startsWith("HTTP/1.1 400");
    }
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        of("HELLO\r\n\r\n", 400),
        of("GET /hello\r\n\r\n", 400),
        of("GET /hello HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400),
        of("GET /hello HTTP/1.1\r\nHost: x\r\nbad name: y\r\n\r\n", 400),
        of("GET /hello HTTP/1.1\r\n\r\n", 400),
        of("GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        of("GET hello HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        of("GET /hello world HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        of("GET /hel\u0001lo HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        of("GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        of("GET /hello HTTP/3.0\r\nHost: x\r\n\r\n", 505),
        of("GET /" + "x".repeat(40_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        of("GET /hello HTTP/1.1\r\nHost: x\r\nA: " + "x".repeat(40_000) + "\r\n\r\n", 431),
        of(post("/echo", "Content-Length: x\r\n", ""), 400),
        of(post("/echo", "Content-Length: -1\r\n", ""), 400),
        of(post("/echo", "Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400),
        of(post("/echo", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400),
        of(post("/echo", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501),
        of(post("/echo", "Transfer-Encoding: gzip\r\n", ""), 400),
        of(post("/echo", "Transfer-Encoding: chunked\r\n", "zz\r\n"), 400),
        of(post("/echo", "Expect: the-unexpected\r\n" + length(0), ""), 417));
  }

  private static Arguments of(String request, int status) {
    return Arguments.of(request, status);
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void refusesWhatIsNotHttpAndClosesTheConnection(String request, int status) throws IOException {
    try (RawClient client = client()) {
      client.send(request);

      assertThat(client.readAll())
          .startsWith("HTTP/1.1 " + status + " ")
          .contains("content-type: application/json")
          .contains("connection: close")
          .contains("{\"error\":");
    }
  }

  @Test
  void readsAbsoluteTargets() throws IOException {
    try (RawClient client = client()) {
      client.send(get("http://example.com/hello"));

      assertThat(client.readAnswer()).endsWith("hello");
    }
  }

  @Test
  void closesAfterOneAnswerWhenAsked() throws IOException {
    try (RawClient client = client()) {
      client.send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assertThat(client.readAll()).contains("connection: close").endsWith("hello");
    }
    try (RawClient client = client()) {
      client.send("GET /hello HTTP/1.0\r\n\r\n");
      assertThat(client.readAll()).startsWith("HTTP/1.1 200").endsWith("hello");
    }
  }

  @Test
  void streamsInChunksAndWithoutThemToOldClients() throws IOException {
    server.gate.countDown();
    try (RawClient client = client()) {
      client.send(get("/gated") + get("/hello"));
      assertThat(client.readThrough("0\r\n\r\n"))
          .contains("transfer-encoding: chunked")
          .endsWith("d\r\ndata: first\n\n\r\nc\r\ndata: last\n\n\r\n0\r\n\r\n");
      assertThat(client.readAnswer()).endsWith("hello");
    }
    try (RawClient client = client()) {
      client.send("GET /gated HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertThat(client.readAll())
          .doesNotContain("chunked")
          .endsWith("\r\n\r\ndata: first\n\ndata: last\n\n");
    }
  }

  @Test
  void breaksOffAStreamThatItsHandlerLeftUnfinished() throws IOException {
    try (RawClient client = client()) {
      client.send(get("/half"));

      assertThat(client.readAll()).startsWith("HTTP/1.1 200").doesNotContain("0\r\n\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/silent", "/header"})
  void answersForHandlersThatDoNot(String path) throws IOException {
    try (RawClient client = client()) {
      client.send(get(path) + get("/hello"));

      assertThat(client.readAnswer()).startsWith("HTTP/1.1 500").contains("internal error");
      assertThat(client.readAnswer()).endsWith("hello");
    }
  }

  @Test
  void sendsLargeBodiesWhole() throws IOException {
    try (RawClient client = client()) {
      client.send(get("/big"));

      assertThat(client.readAnswer()).hasSizeGreaterThan(3 << 20);
    }
  }

  @Test
  void tellsTheHandlerThatItsClientHasLeft() throws IOException {
    try (TestServer own = TestServer.start()) {
      RawClient closing = new RawClient(own.port());
      closing.send(get("/gated")).readThrough("first");
      closing.close();
      Await.until("FIN is seen", () -> own.numDisconnects.get() == 1);

      RawClient resetting = new RawClient(own.port());
      resetting.send(get("/gated")).readThrough("first");
      resetting.reset();
      Await.until("RST is seen", () -> own.numDisconnects.get() == 2);

      own.gate.countDown();
      Await.until("both producers see it", () -> own.numDisconnects.get() == 202);
      Await.until("no call is left", () -> own.transport.numCalls() == 0);
    }
  }

  @Test
  void refusesCallsOverTheLimitButNotProbes() throws IOException {
    try (TestServer own = TestServer.start(config -> config.maxConcurrentCalls(1));
        RawClient first = new RawClient(own.port());
        RawClient second = new RawClient(own.port())) {
      first.send(get("/gated")).readThrough("first");

      second.send(get("/hello"));
      assertThat(second.readAnswer()).startsWith("HTTP/1.1 503").contains("retry-after: 1");
      second.send(get("/health"));
      assertThat(second.readAnswer()).endsWith("alive");

      own.gate.countDown();
      first.readThrough("0\r\n\r\n");
      Await.until("the place is free", () -> own.transport.numCalls() == 0);
      second.send(get("/hello"));
      assertThat(second.readAnswer()).endsWith("hello");
    }
  }

  @Test
  void boundsTheBodiesInMemoryTogether() throws IOException {
    try (TestServer own = TestServer.start(config -> config.maxBufferedBytes(100_000));
        RawClient first = new RawClient(own.port());
        RawClient second = new RawClient(own.port())) {
      String part = "x".repeat(80_000);
      first.send(post("/echo", length(90_000), part));
      Await.until(
          "the first body fills the budget",
          () -> {
            try (RawClient probe = new RawClient(own.port())) {
              return probe
                  .send(post("/echo", length(50_000), "x".repeat(50_000)))
                  .readAll()
                  .contains(" 503 ");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });

      second.send(post("/echo", length(1000), "y".repeat(1000)));
      assertThat(second.readAnswer()).startsWith("HTTP/1.1 200");
      first.send("x".repeat(10_000));
      assertThat(first.readAnswer()).startsWith("HTTP/1.1 200");
      Await.until("the first body is given back", () -> own.transport.numCalls() == 0);
      second.send(post("/echo", length(90_000), "y".repeat(90_000)));
      assertThat(second.readAnswer()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void closesIdleConnectionsAndStalledBodies() throws IOException {
    try (TestServer own =
            TestServer.start(
                config ->
                    config
                        .idleTimeout(Duration.ofMillis(200))
                        .stallTimeout(Duration.ofMillis(300)));
        RawClient idle = new RawClient(own.port());
        RawClient stalled = new RawClient(own.port())) {
      idle.send(get("/hello"));
      idle.readAnswer();
      assertThat(idle.readAll()).isEmpty();

      stalled.send(post("/echo", length(3), "ab"));
      assertThat(stalled.readAll()).isEmpty();
    }
  }

  @Test
  void endsOldConnectionsBetweenRequests() throws IOException {
    try (TestServer own =
            TestServer.start(config -> config.maxConnectionAge(Duration.ofMillis(300)));
        RawClient busy = new RawClient(own.port());
        RawClient idle = new RawClient(own.port())) {
      busy.send(get("/gated")).readThrough("first");
      idle.send(get("/hello")).readAnswer();
      assertThat(idle.readAll()).isEmpty();

      own.gate.countDown();

      assertThat(busy.readAll()).endsWith("data: last\n\n\r\n0\r\n\r\n");
    }
  }

  @Test
  void givesUpAReaderThatStalls() throws IOException {
    try (TestServer own = TestServer.start(config -> config.stallTimeout(Duration.ofMillis(300)));
        RawClient client = new RawClient(own.port(), 4096)) {
      client.send(get("/flood"));

      Await.until("the producer is told", () -> own.numDisconnects.get() == 101);
      assertThat(own.numEvents.get()).isLessThan(TestServer.FLOOD_EVENTS);
    }
  }
}
