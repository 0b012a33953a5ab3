package dev.gatun.server.http;

import java.io.IOException;
import java.util.Map;

/** A call that counts what was answered. Used by the handler's thread. */
public final class MeasuredCall extends ForwardingCall {
  /** What is reported of a call whose handler failed before it answered. */
  private static final int INTERNAL_ERROR = 500;

  private int status = INTERNAL_ERROR;
  private long numResponseBytes;

  public MeasuredCall(HttpCall call) {
    super(call);
  }

  public int status() {
    return status;
  }

  /** Of the body, before any transfer coding. */
  public long numResponseBytes() {
    return numResponseBytes;
  }

  @Override
  public void respond(
      int answerStatus, String contentType, Map<String, String> headers, byte[] body) {
    super.respond(answerStatus, contentType, headers, body);
    status = answerStatus;
    numResponseBytes = body.length;
  }

  @Override
  public BodyStream startStream(int answerStatus, String contentType, Map<String, String> headers) {
    BodyStream stream = super.startStream(answerStatus, contentType, headers);
    status = answerStatus;
    return new BodyStream() {
      @Override
      public void write(byte[] piece) throws IOException, InterruptedException {
        stream.write(piece);
        numResponseBytes += piece.length;
      }

      @Override
      public void end() {
        stream.end();
      }
    };
  }
}
