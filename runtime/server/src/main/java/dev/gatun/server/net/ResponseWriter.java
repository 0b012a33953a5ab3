package dev.gatun.server.net;

import dev.gatun.server.http.HttpCall;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The answer to one call, the same for HTTP/1.1 and HTTP/2. Frames are handed to the event loop and
 * counted until their write promises complete, which is when the socket (and on HTTP/2 the client's
 * window) has taken them; a stream's producer blocks while too much is counted.
 *
 * <p>Written by the handler's thread, completed by the event loop; a lock guards what both see. A
 * failed promise means that the client has left, never that bytes were sent.
 */
final class ResponseWriter implements HttpCall.BodyStream {
  /** Unsent bytes at which a producer blocks; the threshold of grpc-java's onReady. */
  static final int MAX_UNSENT_BYTES = 32 * 1024;

  /** Whole bodies are sent in pieces of this size, so that slow progress is seen as progress. */
  private static final int PIECE_BYTES = 64 * 1024;

  private final ResponseSink sink;
  private final boolean headOnly;
  private final long stallNanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Runnable> disconnectActions = new ArrayList<>();
  private long unsentBytes;
  private int unsentFrames;
  private long framesSent;
  private boolean answered;
  private boolean bodyless;
  private boolean ended;
  private boolean closed;

  /**
   * Nothing answered yet.
   *
   * @param headOnly whether the request was HEAD: bodies are counted in content-length and dropped
   */
  ResponseWriter(ResponseSink sink, boolean headOnly, Duration stallTimeout) {
    this.sink = sink;
    this.headOnly = headOnly;
    this.stallNanos = stallTimeout.toNanos();
  }

  void respond(int status, String contentType, Map<String, String> headers, byte[] body) {
    Map<String, String> all = allHeaders(contentType, headers);
    List<Piece> pieces = new ArrayList<>();
    lock.lock();
    try {
      begin(status);
      ended = true;
      int length = bodyless ? 0 : body.length;
      for (int offset = 0; offset < length; offset += PIECE_BYTES) {
        pieces.add(piece(offset, Math.min(PIECE_BYTES, length - offset)));
      }
    } finally {
      lock.unlock();
    }
    ChannelPromise headPromise = counted(0);
    submit(
        () -> {
          sink.head(status, all, body.length, pieces.isEmpty(), headPromise);
          for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            boolean last = i == pieces.size() - 1;
            sink.data(body, piece.offset, piece.length, last, piece.promise);
          }
          sink.flush();
        });
  }

  private record Piece(int offset, int length, ChannelPromise promise) {}

  private Piece piece(int offset, int length) {
    return new Piece(offset, length, counted(length));
  }

  HttpCall.BodyStream startStream(int status, String contentType, Map<String, String> headers) {
    Map<String, String> all = allHeaders(contentType, headers);
    lock.lock();
    try {
      begin(status);
    } finally {
      lock.unlock();
    }
    ChannelPromise promise = counted(0);
    boolean end = bodyless;
    submit(
        () -> {
          sink.head(status, all, -1, end, promise);
          sink.flush();
        });
    return this;
  }

  private void begin(int status) {
    if (answered) {
      throw new IllegalStateException("the call has been answered already");
    }
    answered = true;
    bodyless = headOnly || status == 204 || status == 304;
  }

  @Override
  public void write(byte[] piece) throws IOException, InterruptedException {
    awaitUnsent(MAX_UNSENT_BYTES - 1, Integer.MAX_VALUE);
    lock.lock();
    try {
      if (ended) {
        throw new IllegalStateException("the body has ended already");
      }
      if (closed) {
        throw new IOException("the client has left");
      }
      if (bodyless || piece.length == 0) {
        return;
      }
    } finally {
      lock.unlock();
    }
    ChannelPromise promise = counted(piece.length);
    submit(
        () -> {
          sink.data(piece, 0, piece.length, false, promise);
          sink.flush();
        });
  }

  @Override
  public void end() {
    lock.lock();
    try {
      if (ended) {
        throw new IllegalStateException("the body has ended already");
      }
      ended = true;
      if (bodyless || closed) {
        changed.signalAll();
        return;
      }
    } finally {
      lock.unlock();
    }
    ChannelPromise promise = counted(0);
    submit(
        () -> {
          sink.data(new byte[0], 0, 0, true, promise);
          sink.flush();
        });
  }

  /** Runs the action once the client has left before the answer was complete. */
  void onDisconnect(Runnable action) {
    lock.lock();
    try {
      if (!closed) {
        disconnectActions.add(action);
        return;
      }
    } finally {
      lock.unlock();
    }
    action.run();
  }

  boolean isAnswered() {
    lock.lock();
    try {
      return answered;
    } finally {
      lock.unlock();
    }
  }

  /** Whether an answer was begun and its end was not reached. */
  boolean isUnfinished() {
    lock.lock();
    try {
      return answered && !ended;
    } finally {
      lock.unlock();
    }
  }

  /** Whether the client has left before the answer was complete. */
  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Blocks until the ended answer has been taken by the socket or the client has left. */
  void awaitSent() throws InterruptedException {
    awaitUnsent(Long.MAX_VALUE, 0);
  }

  /** Blocks while more is unsent; gives the client up if nothing is sent for too long. */
  private void awaitUnsent(long maxBytes, int maxFrames) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long seen = framesSent;
      long nanos = stallNanos;
      while ((unsentBytes > maxBytes || unsentFrames > maxFrames) && !closed && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
        if (framesSent != seen) {
          seen = framesSent;
          nanos = stallNanos;
        }
      }
      if (nanos > 0 || closed) {
        return;
      }
    } finally {
      lock.unlock();
    }
    abort();
  }

  /** Breaks the answer off. Any thread. */
  void abort() {
    disconnected();
    submit(sink::abort);
  }

  /** The client has left, or will be treated so. Any thread; no effect once all was sent. */
  void disconnected() {
    List<Runnable> actions;
    lock.lock();
    try {
      boolean complete = ended && unsentFrames == 0;
      if (closed || complete) {
        return;
      }
      closed = true;
      changed.signalAll();
      actions = List.copyOf(disconnectActions);
    } finally {
      lock.unlock();
    }
    actions.forEach(Runnable::run);
  }

  private ChannelPromise counted(int bytes) {
    lock.lock();
    try {
      unsentBytes += bytes;
      unsentFrames++;
    } finally {
      lock.unlock();
    }
    ChannelPromise promise = sink.newPromise();
    promise.addListener(sent -> sent(sent, bytes));
    return promise;
  }

  private void sent(Future<?> write, int bytes) {
    if (!write.isSuccess()) {
      disconnected();
      return;
    }
    lock.lock();
    try {
      unsentBytes -= bytes;
      unsentFrames--;
      framesSent++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void submit(Runnable task) {
    try {
      sink.execute(task);
    } catch (RejectedExecutionException _) {
      // The event loop ends after all connections: whoever was to read this has gone.
      disconnected();
    }
  }

  /** Checks here what would otherwise fail on the event loop, where nobody could be told. */
  private static Map<String, String> allHeaders(String contentType, Map<String, String> headers) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("content-type", contentType);
    all.forEach(
        (name, value) -> {
          boolean goodName = !name.isEmpty() && name.chars().allMatch(ResponseWriter::isNameChar);
          boolean goodValue = value.chars().allMatch(c -> c == '\t' || (c >= 0x20 && c != 0x7f));
          if (!goodName || !goodValue) {
            throw new IllegalArgumentException("malformed header " + name + ": " + value);
          }
        });
    return all;
  }

  private static boolean isNameChar(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }
}
