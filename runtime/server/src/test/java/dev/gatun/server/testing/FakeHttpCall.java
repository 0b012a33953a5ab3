package dev.gatun.server.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatun.server.http.HttpCall;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A call without a transport. Records the answer and checks its contract: answered once, nothing
 * written after the end. The client can leave after a number of pieces.
 */
public final class FakeHttpCall implements HttpCall {
  private final String method;
  private final String path;
  private final byte[] body;
  private final Map<String, String> headers = new HashMap<>();
  private final Map<String, String> answerHeaders = new HashMap<>();
  private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
  private int status;
  private String contentType = "";
  private boolean isStream;
  private boolean hasEnded;
  private int numPieces;
  private int leavesAfter = Integer.MAX_VALUE;
  private boolean hasLeft;
  private Runnable onDisconnect = () -> {};
  private Runnable onPiece = () -> {};

  public FakeHttpCall(String method, String path, byte[] body) {
    this.method = method;
    this.path = path;
    this.body = body;
  }

  public static FakeHttpCall get(String path) {
    return new FakeHttpCall("GET", path, new byte[0]);
  }

  /** Posts JSON in which ' stands for ". */
  public static FakeHttpCall post(String path, String json) {
    return new FakeHttpCall("POST", path, json.replace('\'', '"').getBytes(UTF_8))
        .with("Content-Type", "application/json");
  }

  public FakeHttpCall with(String header, String value) {
    headers.put(header.toLowerCase(Locale.ROOT), value);
    return this;
  }

  /** The write after this many pieces finds the client gone. */
  public FakeHttpCall leavingAfter(int pieces) {
    leavesAfter = pieces;
    return this;
  }

  /** Runs on the writing thread after each piece of a stream. */
  public FakeHttpCall onPiece(Runnable action) {
    onPiece = action;
    return this;
  }

  /** The client goes away now; from any thread. */
  public void disconnect() {
    Runnable action;
    synchronized (this) {
      hasLeft = true;
      action = onDisconnect;
      onDisconnect = () -> {};
    }
    action.run();
  }

  /** Status of the answer; 0 if there was none. */
  public int status() {
    return status;
  }

  public String contentType() {
    return contentType;
  }

  public boolean isStream() {
    return isStream;
  }

  /** Whether the answer is complete. */
  public boolean hasEnded() {
    return hasEnded;
  }

  /** A header of the answer beside the content type, null if absent. */
  public String answerHeader(String name) {
    return answerHeaders.get(name);
  }

  public byte[] bytes() {
    return answer.toByteArray();
  }

  public String text() {
    return answer.toString(UTF_8);
  }

  /** Payloads of the server-sent events. */
  public List<String> events() {
    return Stream.of(text().split("\n\n"))
        .filter(event -> !event.isEmpty())
        .map(
            event -> {
              if (!event.startsWith("data: ") || event.contains("\n")) {
                throw new IllegalStateException("not one data line: " + event);
              }
              return event.substring("data: ".length());
            })
        .toList();
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public String query() {
    return "";
  }

  @Override
  public String header(String name) {
    return headers.get(name);
  }

  @Override
  public byte[] body() {
    return body;
  }

  @Override
  public String remoteAddress() {
    return "test";
  }

  @Override
  public void respond(int code, String type, Map<String, String> more, byte[] bytes) {
    begin(code, type, more);
    answer.writeBytes(bytes);
    hasEnded = true;
  }

  @Override
  public BodyStream startStream(int code, String type, Map<String, String> more) {
    begin(code, type, more);
    isStream = true;
    return new Pieces();
  }

  @Override
  public void onDisconnect(Runnable action) {
    synchronized (this) {
      if (!hasLeft) {
        onDisconnect = action;
        return;
      }
    }
    action.run();
  }

  private void begin(int code, String type, Map<String, String> more) {
    if (status != 0) {
      throw new IllegalStateException("answered twice");
    }
    status = code;
    contentType = type;
    answerHeaders.putAll(more);
  }

  private final class Pieces implements BodyStream {
    @Override
    public void write(byte[] piece) throws IOException {
      if (hasEnded) {
        throw new IllegalStateException("written after the end");
      }
      if (numPieces >= leavesAfter) {
        disconnect();
        throw new IOException("client left");
      }
      numPieces++;
      answer.writeBytes(piece);
      onPiece.run();
    }

    @Override
    public void end() {
      if (hasEnded) {
        throw new IllegalStateException("ended twice");
      }
      hasEnded = true;
    }
  }
}
