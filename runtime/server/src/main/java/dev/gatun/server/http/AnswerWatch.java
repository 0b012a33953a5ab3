package dev.gatun.server.http;

import java.util.Map;

/**
 * A call that remembers whether its answer has begun, with the deadline of its server. Used by the
 * handler's thread.
 */
final class AnswerWatch extends ForwardingCall {
  private final long deadlineNanos;
  private boolean answered;

  AnswerWatch(HttpCall call, long deadlineNanos) {
    super(call);
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
    super.respond(status, contentType, headers, body);
    answered = true;
  }

  @Override
  public BodyStream startStream(int status, String contentType, Map<String, String> headers) {
    BodyStream stream = super.startStream(status, contentType, headers);
    answered = true;
    return stream;
  }
}
