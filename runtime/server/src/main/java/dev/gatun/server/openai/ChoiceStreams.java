package dev.gatun.server.openai;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.text.ServedModel;
import dev.gatun.server.text.TextChunk;
import dev.gatun.server.text.TextRequest;
import dev.gatun.server.text.TextStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The choices of one answer, generated side by side. Read by the call's thread; {@link #abort} may
 * be called from any.
 */
final class ChoiceStreams {
  /** Choices of one answer, prompts times samples. */
  static final int MAX_CHOICES = 1024;

  /** Chunks of a choice that wait for their turn; a choice further ahead joins its tokens. */
  private static final int CHUNKS_AHEAD = 2;

  private final List<TextStream> streams;

  private ChoiceStreams(List<TextStream> streams) {
    this.streams = streams;
  }

  /** Takes the next chunk of a choice. */
  @FunctionalInterface
  interface ChunkSink {
    void accept(int choice, TextChunk chunk) throws IOException, InterruptedException;
  }

  /**
   * Admits all choices or none. They end when the client leaves.
   *
   * @throws ServingException if one of them is refused
   */
  static ChoiceStreams start(ServedModel model, List<TextRequest> requests, HttpCall call) {
    int maxQueued = model.limits().maxQueuedRequests();
    if (requests.size() > Math.min(MAX_CHOICES, maxQueued)) {
      throw ServingException.invalidField(
          "n",
          requests.size()
              + " choices asked for, prompts times n, at most "
              + Math.min(MAX_CHOICES, maxQueued));
    }
    List<TextStream> started = new ArrayList<>(requests.size());
    ChoiceStreams choices = new ChoiceStreams(started);
    boolean isComplete = false;
    try {
      for (TextRequest request : requests) {
        started.add(model.generate(request));
      }
      isComplete = true;
    } finally {
      if (!isComplete) {
        choices.abort();
      }
    }
    call.onDisconnect(choices::abort);
    return choices;
  }

  int size() {
    return streams.size();
  }

  TextRequest request(int choice) {
    return streams.get(choice).request();
  }

  /** Ends what has not finished; does nothing to the rest. */
  void abort() {
    streams.forEach(TextStream::abort);
  }

  /** Everything of one choice. The others go on meanwhile, their output waits. */
  TextChunk readAll(int choice) throws InterruptedException {
    return streams.get(choice).readAll();
  }

  /**
   * Passes on the chunks of all choices as they come, each choice in order, until all have ended.
   *
   * @throws ServingException if a choice failed
   * @throws IOException from the sink
   */
  void forEachChunk(ChunkSink sink) throws IOException, InterruptedException {
    if (streams.size() > 1) {
      merge(sink);
      return;
    }
    TextChunk chunk;
    do {
      chunk = streams.getFirst().nextChunk();
      sink.accept(0, chunk);
    } while (chunk.finished() == null);
  }

  private sealed interface Item {
    record Chunk(int choice, TextChunk chunk) implements Item {}

    record Failure(RuntimeException exception) implements Item {}
  }

  private void merge(ChunkSink sink) throws IOException, InterruptedException {
    BlockingQueue<Item> queue = new ArrayBlockingQueue<>(CHUNKS_AHEAD * streams.size());
    try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        for (int i = 0; i < streams.size(); i++) {
          int choice = i;
          readers.execute(() -> read(choice, queue));
        }
        int numOpen = streams.size();
        while (numOpen > 0) {
          switch (queue.take()) {
            case Item.Chunk(int choice, TextChunk chunk) -> {
              sink.accept(choice, chunk);
              numOpen -= chunk.finished() == null ? 0 : 1;
            }
            case Item.Failure(RuntimeException exception) -> throw exception;
          }
        }
      } finally {
        // Readers may wait for output that nobody will take.
        readers.shutdownNow();
      }
    }
  }

  private void read(int choice, BlockingQueue<Item> queue) {
    try {
      try {
        TextChunk chunk;
        do {
          chunk = streams.get(choice).nextChunk();
          queue.put(new Item.Chunk(choice, chunk));
        } while (chunk.finished() == null);
      } catch (RuntimeException e) {
        // Thrown again on the call's thread, which would otherwise wait for ever.
        queue.put(new Item.Failure(e));
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
