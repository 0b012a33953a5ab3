package dev.gatun.server.oip.generate;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.ErrorBody;
import dev.gatun.server.http.HttpCall;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Server-sent events of one call, begun with the first; used by the call's thread. */
final class EventStream {
  private static final byte[] START = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

  private final HttpCall http;
  private HttpCall.@Nullable BodyStream body;

  EventStream(HttpCall http) {
    this.http = http;
  }

  boolean isStarted() {
    return body != null;
  }

  /**
   * Sends an event.
   *
   * @throws ServingException CANCELLED if the client has left
   */
  void send(byte[] json) throws InterruptedException {
    HttpCall.BodyStream open = body;
    if (open == null) {
      open =
          http.startStream(
              200, "text/event-stream; charset=utf-8", Map.of("cache-control", "no-cache"));
      body = open;
    }
    ByteArrayOutputStream event =
        new ByteArrayOutputStream(json.length + START.length + END.length);
    event.writeBytes(START);
    event.writeBytes(json);
    event.writeBytes(END);
    try {
      open.write(event.toByteArray());
    } catch (IOException e) {
      throw new ServingException(ErrorCode.CANCELLED, "the client has left", e);
    }
  }

  /** Sends a failure as the last event, if the client is still there to read it. */
  void fail(ServingException failure) throws InterruptedException {
    try {
      send(ErrorBody.OIP.render(failure));
    } catch (ServingException e) {
      if (e.code() != ErrorCode.CANCELLED) {
        throw e;
      }
    }
  }

  /** Ends the body, if it was begun. */
  void end() {
    HttpCall.BodyStream open = body;
    if (open != null) {
      open.end();
    }
  }
}
