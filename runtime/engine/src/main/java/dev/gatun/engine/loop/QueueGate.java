package dev.gatun.engine.loop;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.RefusalReason;
import dev.gatun.engine.api.ServingException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * The bounds of the queue: counts requests and prompt tokens that are in the engine and refuses
 * what is too much at the moment. Entering, leaving and refusing take no lock; any thread.
 */
final class QueueGate {
  /** A deadline is hopeless if even this part of the predicted delay is too long for it. */
  private static final double CERTAIN_SHARE = 0.5;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int MAX_RETRY_SECONDS = 60;

  private final int maxRequests;
  private final int maxTokens;
  private final LongSupplier clock;
  private final EngineObserver observer;
  private final QueueDelay delay = new QueueDelay();

  /** Requests submitted and not finished. */
  private final AtomicInteger numRequests = new AtomicInteger();

  /** Prompt tokens of those among them whose first token is still to come. */
  private final AtomicLong numTokens = new AtomicLong();

  QueueGate(EngineLimits limits, LongSupplier clock, EngineObserver observer) {
    maxRequests = limits.maxQueuedRequests();
    maxTokens = limits.maxQueuedTokens();
    this.clock = clock;
    this.observer = observer;
  }

  int numRequests() {
    return numRequests.get();
  }

  long numTokens() {
    return numTokens.get();
  }

  /** How long a request that came now would wait; 0 if nothing is known. */
  long predictedDelayNanos(int numRunning) {
    return delay.expectedNanos(numWaiting(numRunning));
  }

  /**
   * Refuses what {@link #enter} would refuse now.
   *
   * @param numRunning requests that hold a place already, so that no others wait for it
   */
  void check(int count, int minPromptTokens, long deadlineNanos, int numRunning) {
    checkDeadline(deadlineNanos, numRunning);
    if (numRequests.get() > maxRequests - count) {
      throw refusedRequests(numRunning);
    }
    long queued = numTokens.get();
    // A prompt of unknown length has a token.
    if (exceeds(queued, (long) count * Math.max(1, minPromptTokens))) {
      throw refusedTokens(queued, numRunning);
    }
  }

  /** Takes a place, which has to be given back by {@link #promptDone} and {@link #leave}. */
  void enter(int numPromptTokens, long deadlineNanos, int numRunning) {
    checkDeadline(deadlineNanos, numRunning);
    int requests;
    do {
      requests = numRequests.get();
      if (requests >= maxRequests) {
        throw refusedRequests(numRunning);
      }
    } while (!numRequests.compareAndSet(requests, requests + 1));
    long queued;
    do {
      queued = numTokens.get();
      if (exceeds(queued, numPromptTokens)) {
        numRequests.decrementAndGet();
        throw refusedTokens(queued, numRunning);
      }
    } while (!numTokens.compareAndSet(queued, queued + numPromptTokens));
  }

  /** A lone prompt may be longer than the bound, else it could never be served. */
  private boolean exceeds(long queued, long more) {
    return queued > 0 && queued + more > maxTokens;
  }

  void promptDone(int numPromptTokens) {
    numTokens.addAndGet(-numPromptTokens);
  }

  void leave() {
    numRequests.decrementAndGet();
  }

  /** A request that ran has ended and a waiting one may take its place. Engine thread. */
  void placeLeft(int numRunning) {
    delay.placeLeft(clock.getAsLong(), numWaiting(numRunning) > 0);
  }

  private int numWaiting(int numRunning) {
    return Math.max(0, numRequests.get() - numRunning);
  }

  private void checkDeadline(long deadlineNanos, int numRunning) {
    if (deadlineNanos == GenerateRequest.NO_DEADLINE) {
      return;
    }
    long left = deadlineNanos - clock.getAsLong();
    if (left <= 0) {
      throw ServingException.tooLate("the request's deadline had passed when it arrived");
    }
    long expected = predictedDelayNanos(numRunning);
    if (expected * CERTAIN_SHARE > left) {
      observer.onRefused(RefusalReason.DEADLINE);
      throw ServingException.tooLate(
          "the request's deadline is in %d ms, the queue takes about %d ms; try elsewhere"
              .formatted(left / 1_000_000, expected / 1_000_000));
    }
  }

  private ServingException refusedRequests(int numRunning) {
    observer.onRefused(RefusalReason.QUEUED_REQUESTS);
    int retrySeconds = retrySeconds(numRunning);
    return ServingException.overloaded(
        "max-num-queued-reqs = "
            + maxRequests
            + " requests are running or waiting; try again in "
            + retrySeconds
            + " s",
        retrySeconds);
  }

  private ServingException refusedTokens(long queued, int numRunning) {
    observer.onRefused(RefusalReason.QUEUED_TOKENS);
    int retrySeconds = retrySeconds(numRunning);
    return ServingException.overloaded(
        queued
            + " prompt tokens wait for their first output, with this prompt more than"
            + " max-num-queued-tokens = "
            + maxTokens
            + "; try again in "
            + retrySeconds
            + " s",
        retrySeconds);
  }

  /** The delay that a request would have if it were queued now, in whole seconds. */
  private int retrySeconds(int numRunning) {
    long nanos = predictedDelayNanos(numRunning);
    return Math.clamp((nanos + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND, 1, MAX_RETRY_SECONDS);
  }
}
