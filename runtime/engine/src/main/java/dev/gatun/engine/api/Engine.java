package dev.gatun.engine.api;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Continuous batching over a paged KV cache. Thread-safe; every method but {@link #awaitIdle} and
 * {@link #close} returns at once.
 */
public interface Engine extends AutoCloseable {

  EngineLimits limits();

  /**
   * Refuses what {@link #submit} would refuse whatever the prompt turns out to be, so that it costs
   * neither parsing nor tokenising. Passing promises nothing: others may come first.
   *
   * @param numRequests that are going to be submitted together, at least 1
   * @param minPromptTokens each of them has at least so many; 0 if nothing is known
   * @param deadlineNanos as in {@link GenerateRequest}
   * @throws ServingException as {@link #submit}
   */
  void checkAdmission(int numRequests, int minPromptTokens, long deadlineNanos);

  /**
   * Admits a request or refuses it at once.
   *
   * @throws ServingException INVALID_ARGUMENT if the prompt is empty, prompt plus max_tokens exceed
   *     the context length or the whole KV cache, a token id is outside the vocabulary or more
   *     logprobs are asked for than allowed; OVERLOADED with {@link
   *     ServingException#retryAfterSeconds} if the queue is full; DEADLINE_EXCEEDED if the deadline
   *     has passed or would pass in the queue; UNAVAILABLE if the engine is not READY
   */
  TokenStream submit(GenerateRequest request);

  EngineSnapshot snapshot();

  /**
   * Forgets cached prefixes, before the next step. Blocks that running requests hold stay cached.
   *
   * @return completes with whether nothing is cached any more; exceptionally with a {@link
   *     ServingException} UNAVAILABLE if the engine stops first
   */
  CompletableFuture<Boolean> resetPrefixCache();

  /** Stops admitting; requests already admitted go on. */
  void drain();

  /**
   * Waits until no request is left.
   *
   * @return false if the time ran out first
   */
  boolean awaitIdle(Duration timeout) throws InterruptedException;

  /** Aborts what is left, stops the engine thread and frees the device. */
  @Override
  void close();
}
