package dev.gatun.server.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A call seen through to another one; subclasses look at what interests them. */
abstract class ForwardingCall implements HttpCall {
  private final HttpCall call;

  ForwardingCall(HttpCall call) {
    this.call = call;
  }

  @Override
  public String method() {
    return call.method();
  }

  @Override
  public String path() {
    return call.path();
  }

  @Override
  public String query() {
    return call.query();
  }

  @Override
  public @Nullable String header(String name) {
    return call.header(name);
  }

  @Override
  public byte[] body() {
    return call.body();
  }

  @Override
  public long deadlineNanos() {
    return call.deadlineNanos();
  }

  @Override
  public String remoteAddress() {
    return call.remoteAddress();
  }

  @Override
  public void respond(int status, String contentType, Map<String, String> headers, byte[] body) {
    call.respond(status, contentType, headers, body);
  }

  @Override
  public BodyStream startStream(int status, String contentType, Map<String, String> headers) {
    return call.startStream(status, contentType, headers);
  }

  @Override
  public void onDisconnect(Runnable action) {
    call.onDisconnect(action);
  }
}
