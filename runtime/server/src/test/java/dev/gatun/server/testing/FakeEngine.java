package dev.gatun.server.testing;

import dev.gatun.engine.api.Engine;
import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.QueueSnapshot;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * An engine without a model: each prompt has a script of output tokens, cut by the stop rules of
 * the real one (end-of-sequence, stop tokens, min_tokens, max_tokens). Scripts that run out end
 * with the end-of-sequence token. Configure before use; submit from any thread.
 */
public final class FakeEngine implements Engine {
  /** Room for every prompt of the tests; few enough logprobs to test the limit. */
  public static final EngineLimits LIMITS = new EngineLimits(512, 8, 256, 16, 64, 16, 512, 5);

  private final EngineLimits limits;
  private final int eosTokenId;
  private final Map<List<Integer>, int[]> scripts = new HashMap<>();
  private final List<GenerateRequest> submitted = new CopyOnWriteArrayList<>();
  private final List<FakeTokenStream> streams = new CopyOnWriteArrayList<>();
  private final Queue<int[]> turns = new ConcurrentLinkedQueue<>();
  private int @Nullable [] fallback;
  private @Nullable ServingException refusal;
  private @Nullable ServingException failure;
  private int failsAfter;
  private int stallsAfter = Integer.MAX_VALUE;
  private int numCachedTokens;
  private volatile EngineState state = EngineState.READY;

  public FakeEngine(int eosTokenId) {
    this(eosTokenId, LIMITS);
  }

  public FakeEngine(int eosTokenId, EngineLimits limits) {
    this.eosTokenId = eosTokenId;
    this.limits = limits;
  }

  /** Answers this prompt with these tokens. */
  public FakeEngine onPrompt(int[] promptTokenIds, int... outputTokenIds) {
    scripts.put(boxed(promptTokenIds), outputTokenIds);
    return this;
  }

  /** Answers every other prompt with these tokens; without it a prompt is echoed. */
  public FakeEngine answering(int... outputTokenIds) {
    fallback = outputTokenIds;
    return this;
  }

  /** Answers the next requests, whatever their prompts, with one of these scripts each. */
  public FakeEngine answeringInTurn(int[]... outputTokenIds) {
    turns.addAll(List.of(outputTokenIds));
    return this;
  }

  /** Streams yield this many tokens, then nothing until {@link #resume} or an abort. */
  public FakeEngine stallAfter(int numTokens) {
    stallsAfter = numTokens;
    return this;
  }

  /** Ends every stall, also of streams to come. */
  public void resume() {
    stallsAfter = Integer.MAX_VALUE;
    streams.forEach(FakeTokenStream::resume);
  }

  /** Streams yield this many tokens, then fail. */
  public FakeEngine failAfter(int numTokens, ServingException exception) {
    failsAfter = numTokens;
    failure = exception;
    return this;
  }

  /** Refuses every request. */
  public FakeEngine refuse(ServingException exception) {
    refusal = exception;
    return this;
  }

  /** Refuses every request as a full queue does. */
  public FakeEngine overloaded() {
    return refuse(ServingException.overloaded("16 requests are queued, limit 16", 7));
  }

  /** Reports this many prompt tokens as served by the prefix cache. */
  public FakeEngine cachedTokens(int count) {
    numCachedTokens = count;
    return this;
  }

  public void state(EngineState value) {
    state = value;
  }

  /** Every admitted request, in order. */
  public List<GenerateRequest> submitted() {
    return submitted;
  }

  /** Engine ids of requests that were aborted before their end. */
  public List<String> aborted() {
    return streams.stream()
        .filter(FakeTokenStream::wasAborted)
        .map(TokenStream::requestId)
        .toList();
  }

  /** Engine ids of requests whose readers ended them because of a stop string. */
  public List<String> stopped() {
    return streams.stream()
        .filter(FakeTokenStream::wasStopped)
        .map(TokenStream::requestId)
        .toList();
  }

  /** Requests that have neither ended nor been aborted. */
  public int numLive() {
    return (int) streams.stream().filter(FakeTokenStream::isLive).count();
  }

  @Override
  public EngineLimits limits() {
    return limits;
  }

  @Override
  public void checkAdmission(int numRequests, int minPromptTokens, long deadlineNanos) {
    ServingException refused = refusal;
    if (refused != null) {
      throw refused;
    }
  }

  @Override
  public TokenStream submit(GenerateRequest request) {
    checkAdmission(1, request.promptTokenIds().length, request.deadlineNanos());
    if (state != EngineState.READY) {
      throw new ServingException(ErrorCode.UNAVAILABLE, "the engine is " + state);
    }
    int[] turn = turns.poll();
    int[] script =
        turn == null ? scripts.getOrDefault(boxed(request.promptTokenIds()), fallback) : turn;
    FakeTokenStream stream =
        new FakeTokenStream(
            request,
            script == null ? request.promptTokenIds() : script,
            new FakeTokenStream.Behaviour(
                eosTokenId, stallsAfter, failsAfter, failure, numCachedTokens));
    submitted.add(request);
    streams.add(stream);
    return stream;
  }

  @Override
  public EngineSnapshot snapshot() {
    return EngineSnapshot.idle(state, limits.numBlocks(), 0)
        .with(state, numLive(), QueueSnapshot.EMPTY, 0);
  }

  @Override
  public CompletableFuture<Boolean> resetPrefixCache() {
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public void drain() {
    state = EngineState.DRAINING;
  }

  @Override
  public boolean awaitIdle(Duration timeout) {
    return numLive() == 0;
  }

  @Override
  public void close() {
    state = EngineState.STOPPED;
    streams.forEach(FakeTokenStream::abort);
  }

  private static List<Integer> boxed(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }
}
