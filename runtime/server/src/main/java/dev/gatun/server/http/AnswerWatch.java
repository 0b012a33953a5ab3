package dev.gatun.server.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call that remembers whether its answer has begun, with the deadline of its server. Used by the
 * handler's thread.
 */
final class AnswerWatch implements HttpCall {
  private final HttpCall call;
  private final long deadlineNanos;
  private boolean answered;

  AnswerWatch(HttpCall call, long deadlineNanos) {
    this.call = call;
    this.deadlineNanos = deadlineNanos;
  }

  @Override
  public long deadlineNanos() {
    return deadlineNanos;
  }

  boolean isAnswered() {
    return answered;
  }

  @Override
  public void respond(int status, String contentType, Map<String, String> headers, byte[] body) {
    call.respond(status, contentType, headers, body);
    answered = true;
  }

  @Override
  public BodyStream startStream(int status, String contentType, Map<String, String> headers) {
    BodyStream stream = call.startStream(status, contentType, headers);
    answered = true;
    return stream;
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
  public String remoteAddress() {
    return call.remoteAddress();
  }

  @Override
  public void onDisconnect(Runnable action) {
    call.onDisconnect(action);
  }
}
