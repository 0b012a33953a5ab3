package dev.gatun.server.openai;

import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.http.HttpHandler;
import dev.gatun.server.text.TextChunk;
import dev.gatun.server.text.TextStreams;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
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
    TextStreams streams = TextStreams.start(request.model(), request.texts());
    call.onDisconnect(streams::abort);
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
    private final CompletionRequest request;
    private final GenerationOptions options;
    private final long created;
    private final UsageCounter usage;

    Answer(CompletionRequest request, TextStreams streams, OpenAiOptions server) {
      this.request = request;
      options = request.options();
      created = server.nowSeconds();
      usage = new UsageCounter(streams, request.bestOf(), server.reportsCachedTokens());
    }

    /** Usage counts all samples that were drawn, not only those that are answered. */
    CompletionAnswer whole(TextStreams streams) throws InterruptedException {
      List<CompletionAnswer.Choice> written = new ArrayList<>();
      for (int first = 0; first < streams.size(); first += request.bestOf()) {
        List<TextChunk> samples = new ArrayList<>();
        for (int i = first; i < first + request.bestOf(); i++) {
          TextChunk sample = streams.readAll(i);
          usage.add(i, sample);
          samples.add(sample);
        }
        if (request.bestOf() > options.n()) {
          samples.sort(Comparator.comparingDouble(Answer::logprob).reversed());
        }
        for (TextChunk sample : samples.subList(0, options.n())) {
          int index = written.size();
          written.add(new CompletionChoice(request, streams.request(first), index).write(sample));
        }
      }
      return envelope(written, usage.total());
    }

    /** Log-probability of a whole sample; with equal ones the earlier sample counts as better. */
    private static double logprob(TextChunk sample) {
      return sample.logprobs().stream().mapToDouble(TokenLogprobs::logprob).sum();
    }

    void stream(TextStreams streams, EventStream events) throws IOException, InterruptedException {
      List<CompletionChoice> choices =
          IntStream.range(0, streams.size())
              .mapToObj(i -> new CompletionChoice(request, streams.request(i), i))
              .toList();
      streams.forEachChunk(
          (index, chunk) -> {
            usage.add(index, chunk);
            List<CompletionAnswer.Choice> written = List.of(choices.get(index).write(chunk));
            events.send(envelope(written, options.continuousUsage() ? usage.soFar(index) : null));
          });
      if (options.includesUsage()) {
        events.send(envelope(List.of(), usage.total()));
      }
    }

    private CompletionAnswer envelope(
        List<CompletionAnswer.Choice> written, UsageCounter.@Nullable Usage counts) {
      return new CompletionAnswer(
          "cmpl-" + options.requestId(),
          "text_completion",
          created,
          request.model().name(),
          written,
          counts,
          null,
          null,
          null);
    }
  }
}
