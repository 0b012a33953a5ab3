package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.ErrorBody;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.text.TextStreams;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Server-sent events of one answer; for the call's thread. */
final class EventStream {
  private static final Logger log = LoggerFactory.getLogger(EventStream.class);
  private static final byte[] PREFIX = "data: ".getBytes(StandardCharsets.UTF_8);
  private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);

  private final HttpCall.BodyStream body;

  private EventStream(HttpCall.BodyStream body) {
    this.body = body;
  }

  /** Writes the events between head and end. */
  @FunctionalInterface
  interface Events {
    void sendTo(EventStream stream) throws IOException, InterruptedException;
  }

  /**
   * Answers with a stream. A failure of the request becomes an error event, since the status is out
   * already; the stream ends with {@code [DONE]} either way. A client that has left ends the
   * choices.
   */
  static void answer(HttpCall call, TextStreams choices, Events events)
      throws InterruptedException {
    HttpCall.BodyStream body =
        call.startStream(
            200, "text/event-stream; charset=utf-8", Map.of("cache-control", "no-cache"));
    EventStream stream = new EventStream(body);
    try {
      try {
        events.sendTo(stream);
      } catch (ServingException e) {
        stream.write(ErrorBody.OPENAI.render(e));
      }
      body.write(DONE);
    } catch (IOException e) {
      log.debug("client left mid-stream address={} cause={}", call.remoteAddress(), e.getMessage());
    } finally {
      choices.abort();
    }
    // Not reached when the handler is broken or interrupted: then the transport cuts the stream off
    // instead of ending it as if it were whole.
    body.end();
  }

  /** Sends one event. */
  void send(Object event) throws IOException, InterruptedException {
    write(OpenAiJson.write(event));
  }

  private void write(byte[] json) throws IOException, InterruptedException {
    byte[] event = new byte[PREFIX.length + json.length + 2];
    System.arraycopy(PREFIX, 0, event, 0, PREFIX.length);
    System.arraycopy(json, 0, event, PREFIX.length, json.length);
    event[event.length - 2] = '\n';
    event[event.length - 1] = '\n';
    body.write(event);
  }
}
