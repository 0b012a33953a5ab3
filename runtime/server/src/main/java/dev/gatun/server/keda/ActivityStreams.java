package dev.gatun.server.keda;

import dev.gatun.proto.externalscaler.IsActiveResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open streams of external-push triggers: each is told at once and then whenever its answer
 * changes. Thread-safe.
 */
final class ActivityStreams implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ActivityStreams.class);
  private static final int MAX_STREAMS = 1000;

  /** Time that a look under way has to end before its stream is left to the transport. */
  private static final long CLOSE_MILLIS = 100;

  private final Duration interval;
  private final Semaphore places = new Semaphore(MAX_STREAMS);
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("gatun-push").daemon().factory());

  /**
   * Makes a set without streams.
   *
   * @param interval at which each stream's answer is looked at
   */
  ActivityStreams(Duration interval) {
    this.interval = interval;
  }

  /** Whether a target is active now; may block for a scrape. */
  @FunctionalInterface
  interface Activity {
    boolean isActive() throws NoAnswerException, InterruptedException;
  }

  /** Serves a stream until its client leaves. */
  void add(StreamObserver<IsActiveResponse> answers, Activity activity) {
    if (!places.tryAcquire()) {
      answers.onError(
          Status.RESOURCE_EXHAUSTED
              .withDescription("there are " + MAX_STREAMS + " streams, the most that are served")
              .asRuntimeException());
      return;
    }
    Stream stream = new Stream((ServerCallStreamObserver<IsActiveResponse>) answers, activity);
    streams.add(stream);
    stream.future =
        clock.scheduleWithFixedDelay(
            // The clock only starts the looks, so that a slow pod delays no other stream.
            () -> Thread.ofVirtual().name("push").start(stream::look),
            0,
            interval.toMillis(),
            TimeUnit.MILLISECONDS);
    stream.answers.setOnCancelHandler(stream::end);
  }

  /** How many are open. */
  int size() {
    return streams.size();
  }

  /** One client's stream. */
  private final class Stream {
    private final ServerCallStreamObserver<IsActiveResponse> answers;
    private final Activity activity;
    private final Semaphore looking = new Semaphore(1);
    private volatile @Nullable ScheduledFuture<?> future;
    private @Nullable Boolean told;

    Stream(ServerCallStreamObserver<IsActiveResponse> answers, Activity activity) {
      this.answers = answers;
      this.activity = activity;
    }

    /** Tells what has changed; a look that is still under way is not joined by another. */
    void look() {
      if (!looking.tryAcquire()) {
        return;
      }
      try {
        Boolean isActive = activity.isActive();
        if (!isActive.equals(told) && !answers.isCancelled()) {
          answers.onNext(ExternalScalerService.active(isActive));
          told = isActive;
        }
      } catch (NoAnswerException e) {
        // KEDA hears the reason from its own calls; a stream has no place for it but its end.
        log.debug("stream has no answer: {}", e.getMessage());
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      } finally {
        looking.release();
      }
    }

    /** The client has left. */
    void end() {
      if (streams.remove(this)) {
        places.release();
        ScheduledFuture<?> looks = future;
        if (looks != null) {
          looks.cancel(false);
        }
      }
    }

    /** We leave; the client connects anew, to another replica. */
    void close() throws InterruptedException {
      if (looking.tryAcquire(CLOSE_MILLIS, TimeUnit.MILLISECONDS) && !answers.isCancelled()) {
        answers.onError(Status.UNAVAILABLE.withDescription("shutting down").asRuntimeException());
      }
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
    try {
      for (Stream stream : streams) {
        stream.close();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
