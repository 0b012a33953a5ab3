package dev.gatun.server.net;

import dev.gatun.server.http.HttpCall;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request whose body is here, with the writer of its answer. Any protocol. */
final class TransportCall implements HttpCall {
  private final RequestHead head;
  private final byte[] body;
  private final ResponseWriter writer;

  TransportCall(RequestHead head, byte[] body, ResponseWriter writer) {
    this.head = head;
    this.body = body;
    this.writer = writer;
  }

  @Override
  public String method() {
    return head.method();
  }

  @Override
  public String path() {
    return head.path();
  }

  @Override
  public String query() {
    return head.query();
  }

  @Override
  public @Nullable String header(String name) {
    return head.headers().get(name);
  }

  @Override
  public byte[] body() {
    return body;
  }

  @Override
  public String remoteAddress() {
    return head.remoteAddress();
  }

  @Override
  public void respond(
      int status, String contentType, Map<String, String> headers, byte[] responseBody) {
    writer.respond(status, contentType, headers, responseBody);
  }

  @Override
  public BodyStream startStream(int status, String contentType, Map<String, String> headers) {
    return writer.startStream(status, contentType, headers);
  }

  @Override
  public void onDisconnect(Runnable action) {
    writer.onDisconnect(action);
  }
}
