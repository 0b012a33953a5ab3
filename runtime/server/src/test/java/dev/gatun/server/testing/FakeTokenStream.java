package dev.gatun.server.testing;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.api.TokenStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Plays a script, one event per call, deciding each when it is asked for. Logprobs are made up: the
 * k-th likeliest token after token t is t + k - 1 with log-probability -k / 2.
 */
final class FakeTokenStream implements TokenStream {

  /** How the engine was told to misbehave. */
  record Behaviour(
      int eosTokenId,
      int stallsAfter,
      int failsAfter,
      @Nullable ServingException failure,
      int numCachedTokens) {}

  private final GenerateRequest request;
  private final int[] script;
  private final Behaviour behaviour;
  private int numTokens;
  private int stallsAfter;
  private int stopTokenId = -1;
  private boolean wasScored;
  private boolean isAborted;
  private boolean isStopped;
  private boolean isFinished;

  FakeTokenStream(GenerateRequest request, int[] script, Behaviour behaviour) {
    this.request = request;
    this.script = script;
    this.behaviour = behaviour;
    this.stallsAfter = behaviour.stallsAfter();
    this.wasScored = request.sampling().promptLogprobs() < 0;
  }

  @Override
  public String requestId() {
    return request.requestId();
  }

  @Override
  public synchronized TokenEvent next() throws InterruptedException {
    TokenEvent event = poll();
    while (event == null) {
      wait();
      event = poll();
    }
    return event;
  }

  @Override
  public synchronized @Nullable TokenEvent poll() {
    if (isFinished) {
      throw new IllegalStateException("read after the end");
    }
    if (isAborted) {
      return finish(FinishReason.ABORT, null);
    }
    if (isStopped) {
      return finish(FinishReason.STOP, null);
    }
    if (!wasScored) {
      wasScored = true;
      return promptScored();
    }
    ServingException failure = behaviour.failure();
    if (failure != null && numTokens >= behaviour.failsAfter()) {
      return finish(FinishReason.ERROR, failure);
    }
    if (stopTokenId >= 0) {
      return finish(FinishReason.STOP, null);
    }
    if (numTokens >= request.sampling().maxTokens()) {
      return finish(FinishReason.LENGTH, null);
    }
    return numTokens >= stallsAfter ? null : token();
  }

  @Override
  public synchronized int numAvailable() {
    int end = Math.min(stallsAfter, request.sampling().maxTokens());
    return Math.max(0, Math.min(end, script.length) - numTokens);
  }

  @Override
  public synchronized void abort() {
    isAborted |= !isFinished && !isStopped;
    notifyAll();
  }

  @Override
  public synchronized void stop() {
    isStopped |= !isFinished && !isAborted;
    notifyAll();
  }

  synchronized void resume() {
    stallsAfter = Integer.MAX_VALUE;
    notifyAll();
  }

  synchronized boolean wasAborted() {
    return isAborted;
  }

  /** Its reader found a stop string. */
  synchronized boolean wasStopped() {
    return isStopped;
  }

  synchronized boolean isLive() {
    return !isFinished && !isAborted && !isStopped;
  }

  private TokenEvent token() {
    SamplingParams sampling = request.sampling();
    int tokenId = numTokens < script.length ? script[numTokens] : behaviour.eosTokenId();
    numTokens++;
    boolean isEos = tokenId == behaviour.eosTokenId() && !sampling.ignoreEos();
    boolean isStop = Arrays.stream(sampling.stopTokenIds()).anyMatch(id -> id == tokenId);
    if ((isEos || isStop) && numTokens >= sampling.minTokens()) {
      stopTokenId = tokenId;
    }
    return new TokenEvent.Token(
        tokenId, sampling.logprobs() < 0 ? null : logprobs(tokenId, sampling.logprobs()));
  }

  private TokenEvent promptScored() {
    List<@Nullable TokenLogprobs> logprobs = new ArrayList<>();
    logprobs.add(null);
    for (int i = 1; i < request.promptTokenIds().length; i++) {
      logprobs.add(logprobs(request.promptTokenIds()[i], request.sampling().promptLogprobs()));
    }
    return new TokenEvent.PromptScored(logprobs);
  }

  private static TokenLogprobs logprobs(int tokenId, int count) {
    int[] ids = new int[count];
    float[] values = new float[count];
    for (int k = 0; k < count; k++) {
      ids[k] = tokenId + k;
      values[k] = -(k + 1) / 2f;
    }
    return new TokenLogprobs(tokenId, -0.5f, 1, ids, values);
  }

  private TokenEvent finish(FinishReason reason, @Nullable ServingException failure) {
    isFinished = true;
    boolean isStop = reason == FinishReason.STOP;
    return new TokenEvent.Finished(
        reason,
        isStop ? stopTokenId : -1,
        stopTokenId >= 0 && isStop && stopTokenId == behaviour.eosTokenId(),
        failure,
        new RequestStats(
            request.promptTokenIds().length,
            numTokens,
            behaviour.numCachedTokens(),
            PreemptionStats.NONE,
            1,
            1,
            2,
            3,
            4));
  }
}
