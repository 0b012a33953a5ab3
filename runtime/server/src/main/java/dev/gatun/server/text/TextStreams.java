package dev.gatun.server.text;

import dev.gatun.engine.api.ServingException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The choices of one answer, prompts times samples, generated side by side. Read by one thread;
 * {@link #abort} may be called from any.
 */
public final class TextStreams {
  /** Choices of one answer, prompts times samples. */
  public static final int MAX_CHOICES = 1024;

  /** Chunks of a choice that wait for their turn; a choice further ahead joins its tokens. */
  private static final int CHUNKS_AHEAD = 2;

  private final List<TextStream> streams;

  private TextStreams(List<TextStream> streams) {
    this.streams = streams;
  }

  /** Takes the next chunk of a choice; may fail with E. */
  @FunctionalInterface
  public interface ChunkSink<E extends Exception> {
    void accept(int choice, TextChunk chunk) throws E, InterruptedException;
  }

  /**
   * Admits all choices or none.
   *
   * @throws ServingException if one of them is refused
   */
  public static TextStreams start(ServedModel model, List<TextRequest> requests) {
    int maxQueued = model.limits().maxQueuedRequests();
    if (requests.size() > Math.min(MAX_CHOICES, maxQueued)) {
      throw ServingException.invalidField(
          "n",
          requests.size()
              + " choices asked for, prompts times n, at most "
              + Math.min(MAX_CHOICES, maxQueued));
    }
    List<TextStream> started = new ArrayList<>(requests.size());
    TextStreams choices = new TextStreams(started);
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
    return choices;
  }

  public int size() {
    return streams.size();
  }

  public TextRequest request(int choice) {
    return streams.get(choice).request();
  }

  /** Ends what has not finished; does nothing to the rest. */
  public void abort() {
    streams.forEach(TextStream::abort);
  }

  /** Everything of one choice. The others go on meanwhile, their output waits. */
  public TextChunk readAll(int choice) throws InterruptedException {
    return streams.get(choice).readAll();
  }

  /**
   * Passes on the chunks of all choices as they come, each choice in order, until all have ended.
   *
   * @throws ServingException if a choice failed
   * @throws E from the sink
   */
  public <E extends Exception> void forEachChunk(ChunkSink<E> sink) throws E, InterruptedException {
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

  private <E extends Exception> void merge(ChunkSink<E> sink) throws E, InterruptedException {
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
