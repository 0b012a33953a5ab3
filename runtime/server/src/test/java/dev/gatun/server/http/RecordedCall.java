package dev.gatun.server.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A call without a socket that keeps its whole answer. One thread. */
public final class RecordedCall implements HttpCall {
  private final String method;
  private final String path;
  private int status;
  private String contentType = "";
  private Map<String, String> headers = Map.of();
  private String text = "";

  public RecordedCall(String method, String path) {
    this.method = method;
    this.path = path;
  }

  /** Status of the answer; 0 if there was none. */
  public int status() {
    return status;
  }

  public String contentType() {
    return contentType;
  }

  public Map<String, String> headers() {
    return headers;
  }

  public String text() {
    return text;
  }

  @Override
  public void respond(
      int answerStatus, String answerType, Map<String, String> answerHeaders, byte[] body) {
    if (status != 0) {
      throw new IllegalStateException("answered twice");
    }
    status = answerStatus;
    contentType = answerType;
    headers = answerHeaders;
    text = new String(body, StandardCharsets.UTF_8);
  }

  @Override
  public BodyStream startStream(
      int answerStatus, String answerType, Map<String, String> answerHeaders) {
    respond(answerStatus, answerType, answerHeaders, new byte[0]);
    return new BodyStream() {
      @Override
      public void write(byte[] piece) {
        text += new String(piece, StandardCharsets.UTF_8);
      }

      @Override
      public void end() {}
    };
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
  public @Nullable String header(String name) {
    return null;
  }

  @Override
  public byte[] body() {
    return new byte[0];
  }

  @Override
  public String remoteAddress() {
    return "test";
  }

  @Override
  public void onDisconnect(Runnable action) {}
}
