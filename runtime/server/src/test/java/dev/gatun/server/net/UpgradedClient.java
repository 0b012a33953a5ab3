package dev.gatun.server.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;

/** A GET whose connection upgrades to HTTP/2 (h2c), frames made by hand. One thread. */
final class UpgradedClient implements AutoCloseable {
  private static final byte[] PREFACE_AND_SETTINGS =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(UTF_8);
  private static final byte[] SETTINGS_ACK = {0, 0, 0, 4, 1, 0, 0, 0, 0};
  private static final int DATA = 0;
  private static final int SETTINGS = 4;
  private static final int PING = 6;

  private final Socket socket;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  UpgradedClient(int port, String path) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout((int) Await.PATIENCE.toMillis());
    String request =
        "GET "
            + path
            + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
            + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(UTF_8));
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) socket.getInputStream().read());
    }
    if (!head.toString().startsWith("HTTP/1.1 101 ")) {
      throw new IOException("no upgrade: " + head);
    }
    socket.getOutputStream().write(PREFACE_AND_SETTINGS);
  }

  /** Reads frames until the body of the answer ends so. */
  String readThrough(String mark) throws IOException {
    while (!body.toString(UTF_8).endsWith(mark)) {
      if (!readFrame()) {
        throw new IOException("ended after: " + body.toString(UTF_8));
      }
    }
    return body.toString(UTF_8);
  }

  /** Reads frames until the server closes. */
  void readAll() throws IOException {
    while (readFrame()) {
      // Answers pings on the way, which a graceful end waits for.
    }
  }

  /** Reads and answers one frame; false at the end. */
  private boolean readFrame() throws IOException {
    byte[] head = socket.getInputStream().readNBytes(9);
    if (head.length < 9) {
      return false;
    }
    int length = (head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | (head[2] & 0xff);
    byte[] payload = socket.getInputStream().readNBytes(length);
    boolean isAck = (head[4] & 1) == 1;
    switch (head[3]) {
      case DATA -> body.writeBytes(payload);
      case SETTINGS -> {
        if (!isAck) {
          socket.getOutputStream().write(SETTINGS_ACK);
        }
      }
      case PING -> {
        head[4] = 1;
        socket.getOutputStream().write(head);
        socket.getOutputStream().write(payload);
      }
      default -> {
        // Heads, GOAWAY and window updates say nothing that these tests ask.
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
