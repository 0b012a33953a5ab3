package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2CodecUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DetectionTest {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final byte[] EMPTY_SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};
  private static final int GOAWAY = 7;

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

  @Test
  void knowsThePrefaceOfHttp2() {
    ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();

    assertThat(preface.toString(US_ASCII)).isEqualTo(PREFACE);
    preface.release();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
        "\0\0\0",
        "get /",
        " GET /",
        "\r\n"
      })
  void closesAtOnceWhatBeginsNoVerb(String bytes) throws IOException {
    long start = System.nanoTime();
    try (RawClient client = client()) {
      client.send(bytes);

      assertThat(client.readAll()).isEmpty();
      assertThat(System.nanoTime() - start).isLessThan(TestServer.HANDSHAKE_TIMEOUT.toNanos());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PROPFIND", "POST"})
  void findsHttp1ByteByByte(String verb) throws IOException {
    try (RawClient client = client()) {
      client.sendByteByByte(
          (verb + " /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab").getBytes(US_ASCII));

      assertThat(client.readAnswer()).startsWith("HTTP/1.1 200").endsWith("ab");
    }
  }

  @Test
  void findsHttp2ByteByByte() throws IOException {
    try (RawClient client = client()) {
      client.sendByteByByte(PREFACE.getBytes(US_ASCII)).sendByteByByte(EMPTY_SETTINGS);

      String frame = client.read(9);
      assertThat(frame.charAt(3)).as("frame type SETTINGS").isEqualTo((char) 4);
    }
  }

  @Test
  void takesAnAlmostPrefaceForHttp1() throws IOException {
    try (RawClient client = client()) {
      client.send(PREFACE.substring(0, 18) + "XX\r\n\r\n");

      assertThat(client.readAll()).startsWith("HTTP/1.1 505");
    }
  }

  @Test
  void sendsGoAwayForGarbageAfterThePreface() throws IOException {
    try (RawClient client = client()) {
      client.send(PREFACE).send("garbage that is no frame at all, whichever way it is read");

      assertThat(lastFrameType(client.readAll())).isEqualTo(GOAWAY);
    }
  }

  private static int lastFrameType(String frames) {
    int type = -1;
    for (int at = 0; at + 9 <= frames.length(); ) {
      int length = frames.charAt(at) << 16 | frames.charAt(at + 1) << 8 | frames.charAt(at + 2);
      type = frames.charAt(at + 3);
      at += 9 + length;
    }
    return type;
  }

  @Test
  void closesSlowStartsAtTheHandshakeTimeout() throws IOException {
    List<String> begins =
        List.of("", "P", "PRI * HTTP", PREFACE, "GET /hel", "GET /hello HTTP/1.1\r\nHost: x\r\n");
    List<RawClient> clients = new ArrayList<>();
    long start = System.nanoTime();
    for (String begin : begins) {
      clients.add(client().send(begin));
    }

    for (int i = 0; i < begins.size(); i++) {
      assertThat(clients.get(i).readAll()).as(begins.get(i)).doesNotContain("HTTP/1.1");
      assertThat(System.nanoTime() - start)
          .as(begins.get(i))
          .isGreaterThan(TestServer.HANDSHAKE_TIMEOUT.toNanos() / 2)
          .isLessThan(4 * TestServer.HANDSHAKE_TIMEOUT.toNanos());
      clients.get(i).close();
    }
  }

  @Test
  void letsAnHttp1StreamOutliveTheHandshakeTimeout() throws IOException {
    long start = System.nanoTime();
    try (RawClient client = client();
        RawClient witness = client()) {
      client.send("GET /gated HTTP/1.1\r\nHost: x\r\n\r\n").readThrough("first");

      // The witness is closed by the timeout that would have closed the stream as well.
      assertThat(witness.readAll()).isEmpty();
      assertThat(System.nanoTime() - start)
          .isGreaterThan(TestServer.HANDSHAKE_TIMEOUT.toNanos() / 2);
      server.gate.countDown();

      assertThat(client.readThrough("0\r\n\r\n")).contains("data: last");
    }
  }
}
