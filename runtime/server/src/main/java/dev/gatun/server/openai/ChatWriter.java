package dev.gatun.server.openai;

import dev.gatun.server.text.TextChunk;
import dev.gatun.server.text.TextEvent;
import dev.gatun.server.text.TextStreams;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one chat answer, whole or as events. For the call's thread. */
final class ChatWriter {
  private final ChatRequest request;
  private final GenerationOptions options;
  private final TextStreams streams;
  private final TokenNames names;
  private final UsageCounter usage;
  private final long created;
  private boolean hasBegun;

  ChatWriter(ChatRequest request, TextStreams streams, OpenAiOptions server) {
    this.request = request;
    this.options = request.options();
    this.streams = streams;
    this.names = new TokenNames(request.model().tokenizer(), options.tokensAsIds());
    this.usage = new UsageCounter(streams, options.n(), server.reportsCachedTokens());
    this.created = server.nowSeconds();
  }

  ChatAnswer whole() throws InterruptedException {
    List<TextChunk> chunks = new ArrayList<>();
    List<ChatAnswer.Choice> choices = new ArrayList<>();
    for (int i = 0; i < streams.size(); i++) {
      TextChunk chunk = streams.readAll(i);
      usage.add(i, chunk);
      chunks.add(chunk);
      choices.add(choice(i, chunk));
    }
    boolean scoresPrompt = !chunks.getFirst().promptLogprobs().isEmpty();
    return new ChatAnswer(
        id(),
        "chat.completion",
        created,
        request.model().name(),
        choices,
        null,
        null,
        usage.total(),
        scoresPrompt ? names.prompt(chunks.getFirst().promptLogprobs()) : null,
        options.returnsTokenIds() ? promptIds() : null,
        null);
  }

  private ChatAnswer.Choice choice(int index, TextChunk chunk) {
    TextEvent.TextFinished finished = chunk.end();
    return new ChatAnswer.Choice(
        index,
        ChatAnswer.Message.of(request.echo() + chunk.text()),
        logprobs(chunk),
        finished.reason().wireName(),
        finished.stopReason(),
        tokenIds(chunk));
  }

  void stream(EventStream events) throws IOException, InterruptedException {
    streams.forEachChunk(
        (index, chunk) -> {
          if (!hasBegun) {
            hasBegun = true;
            begin(events);
          }
          usage.add(index, chunk);
          events.send(envelope(index, part(index, chunk), null));
        });
    if (options.includesUsage()) {
      events.send(chunk(List.of(), usage.total(), null));
    }
  }

  /** Clients take the first event as the first token, so it is sent when there is one. */
  private void begin(EventStream events) throws IOException, InterruptedException {
    int @Nullable [] promptIds = options.returnsTokenIds() ? promptIds() : null;
    for (int i = 0; i < streams.size(); i++) {
      ChatChunk.Delta role = new ChatChunk.Delta("assistant", "");
      events.send(envelope(i, new ChatChunk.Part(i, role, null, null, null), promptIds));
      if (!request.echo().isEmpty()) {
        ChatChunk.Delta echo = new ChatChunk.Delta(null, request.echo());
        events.send(envelope(i, new ChatChunk.Part(i, echo, null, null, null), null));
      }
    }
  }

  private ChatChunk.Choice part(int index, TextChunk chunk) {
    ChatChunk.Delta delta = new ChatChunk.Delta(null, chunk.text());
    TextEvent.TextFinished finished = chunk.finished();
    if (finished == null) {
      return new ChatChunk.Part(index, delta, logprobs(chunk), null, tokenIds(chunk));
    }
    return new ChatChunk.End(
        index,
        delta,
        logprobs(chunk),
        finished.reason().wireName(),
        finished.stopReason(),
        tokenIds(chunk));
  }

  private ChatChunk envelope(int index, ChatChunk.Choice choice, int @Nullable [] promptIds) {
    return chunk(List.of(choice), options.continuousUsage() ? usage.soFar(index) : null, promptIds);
  }

  private ChatChunk chunk(
      List<ChatChunk.Choice> choices,
      UsageCounter.@Nullable Usage counts,
      int @Nullable [] promptIds) {
    return new ChatChunk(
        id(), "chat.completion.chunk", created, request.model().name(), choices, counts, promptIds);
  }

  private String id() {
    return "chatcmpl-" + options.requestId();
  }

  private int[] promptIds() {
    return request.texts().getFirst().promptTokenIds();
  }

  private int @Nullable [] tokenIds(TextChunk chunk) {
    return options.returnsTokenIds() ? chunk.tokenIds() : null;
  }

  private @Nullable ChatLogprobs logprobs(TextChunk chunk) {
    return request.hasLogprobs() ? ChatLogprobs.of(chunk, names) : null;
  }
}
