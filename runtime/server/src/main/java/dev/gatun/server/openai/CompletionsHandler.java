package dev.gatun.server.openai;

import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.text.TextChunk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}. */
final class CompletionsHandler implements HttpHandler {
  private final ServedModels models;
  private final OpenAiOptions server;

  CompletionsHandler(ServedModels models, OpenAiOptions server) {
    this.models = models;
    this.server = server;
  }

  @Override
  public void handle(HttpCall call) throws InterruptedException {
    CompletionRequest request = CompletionRequest.parse(call, JsonBody.read(call), models, server);
    ChoiceStreams streams = ChoiceStreams.start(request.model(), request.texts(), call);
    Answer answer = new Answer(request, streams, server);
    if (request.options().isStreamed()) {
      EventStream.answer(call, streams, events -> answer.stream(streams, events));
    } else {
      try {
        OpenAiJson.respond(call, answer.whole(streams));
      } finally {
        streams.abort();
      }
    }
  }

  /** State of one answer. */
  private static final class Answer {
    private final GenerationOptions options;
    private final String model;
    private final long created;
    private final UsageCounter usage;
    private final List<CompletionChoice> choices;

    Answer(CompletionRequest request, ChoiceStreams streams, OpenAiOptions server) {
      options = request.options();
      model = request.model().name();
      created = server.nowSeconds();
      usage = new UsageCounter(streams, options.n(), server.reportsCachedTokens());
      choices =
          IntStream.range(0, streams.size())
              .mapToObj(index -> new CompletionChoice(request, index))
              .toList();
    }

    CompletionAnswer whole(ChoiceStreams streams) throws InterruptedException {
      List<CompletionAnswer.Choice> written = new ArrayList<>();
      for (int i = 0; i < streams.size(); i++) {
        written.add(write(i, streams.readAll(i)));
      }
      return envelope(written, usage.total());
    }

    void stream(ChoiceStreams streams, EventStream events)
        throws IOException, InterruptedException {
      streams.forEachChunk(
          (index, chunk) -> {
            List<CompletionAnswer.Choice> written = List.of(write(index, chunk));
            events.send(envelope(written, options.continuousUsage() ? usage.soFar(index) : null));
          });
      if (options.includesUsage()) {
        events.send(envelope(List.of(), usage.total()));
      }
    }

    private CompletionAnswer.Choice write(int index, TextChunk chunk) {
      usage.add(index, chunk);
      return choices.get(index).write(chunk);
    }

    private CompletionAnswer envelope(
        List<CompletionAnswer.Choice> written, UsageCounter.@Nullable Usage counts) {
      return new CompletionAnswer(
          "cmpl-" + options.requestId(),
          "text_completion",
          created,
          model,
          written,
          counts,
          null,
          null,
          null);
    }
  }
}
