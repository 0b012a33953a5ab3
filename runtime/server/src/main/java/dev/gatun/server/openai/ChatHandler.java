package dev.gatun.server.openai;

import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.text.TextStreams;

/** {@code POST /v1/chat/completions}. */
final class ChatHandler implements HttpHandler {
  private final ServedModels models;
  private final OpenAiOptions server;

  ChatHandler(ServedModels models, OpenAiOptions server) {
    this.models = models;
    this.server = server;
  }

  @Override
  public void handle(HttpCall call) throws InterruptedException {
    ChatRequest request = ChatRequest.parse(call, JsonBody.read(call), models, server);
    TextStreams streams = TextStreams.start(request.model(), request.texts());
    call.onDisconnect(streams::abort);
    ChatWriter writer = new ChatWriter(request, streams, server);
    if (request.options().isStreamed()) {
      EventStream.answer(call, streams, writer::stream);
    } else {
      try {
        OpenAiJson.respond(call, writer.whole());
      } finally {
        streams.abort();
      }
    }
  }
}
