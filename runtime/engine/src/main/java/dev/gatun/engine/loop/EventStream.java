package dev.gatun.engine.loop;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.kv.BlockHashes;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.TokenSink;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The way of one request's output from the engine thread to its reader. Nothing is ever removed, so
 * there is nothing to wait for: the engine appends to arrays bounded by max_tokens and publishes
 * the new length, the reader follows with an index of its own and parks when it has caught up.
 */
final class EventStream implements TokenStream, TokenSink {
  /** Called back by the stream. */
  interface Owner {
    /** The reader wants the request to end. Any thread, at most once per stream. */
    void onEndRequested(EventStream stream, FinishReason reason);

    /**
     * The prompt needs no more computing: the first token is there, or the request has ended before
     * it. Called once, by the engine thread or whoever ends the request in its place.
     */
    void onPromptDone(EventStream stream);

    /** The request has ended; called just before the reader learns of it. */
    void onFinished(EventStream stream, TokenEvent.Finished finished);
  }

  private final RequestState request;
  private final Owner owner;
  private final int maxTokens;
  private final AtomicBoolean isEndRequested = new AtomicBoolean();

  // Written by the engine thread; arrays before counts, so that a reader who sees a count sees what
  // it counts.
  private volatile int[] tokenIds;
  private volatile @Nullable TokenLogprobs @Nullable [] logprobs;
  private volatile int numTokens;
  private volatile TokenEvent.@Nullable PromptScored promptScored;
  private volatile TokenEvent.@Nullable Finished finished;

  /** The reader while it is about to park, so that the engine need not wake anybody else. */
  private volatile @Nullable Thread parkedReader;

  // The reader's own.
  private int numRead;
  private boolean isPromptRead;
  private boolean isEndRead;

  EventStream(
      GenerateRequest request, BlockHashes blockHashes, long seed, long arrivalNanos, Owner owner) {
    this.owner = owner;
    maxTokens = request.sampling().maxTokens();
    int capacity = RequestState.numClaimedTokens(maxTokens);
    tokenIds = new int[capacity];
    logprobs = request.sampling().logprobs() < 0 ? null : new TokenLogprobs[capacity];
    this.request = new RequestState(request, blockHashes, seed, arrivalNanos, this);
  }

  RequestState request() {
    return request;
  }

  @Override
  public String requestId() {
    return request.requestId();
  }

  @Override
  public void onPromptScored(List<@Nullable TokenLogprobs> scores) {
    promptScored = new TokenEvent.PromptScored(scores);
    wakeReader();
  }

  @Override
  public void onToken(int tokenId, @Nullable TokenLogprobs scores) {
    int index = numTokens;
    if (index == 0) {
      owner.onPromptDone(this);
    }
    int[] ids = tokenIds;
    if (index == ids.length) {
      ids = Arrays.copyOf(ids, grown(index));
      tokenIds = ids;
    }
    ids[index] = tokenId;
    TokenLogprobs[] all = logprobs;
    if (all != null) {
      if (index == all.length) {
        all = Arrays.copyOf(all, grown(index));
        logprobs = all;
      }
      all[index] = scores;
    }
    numTokens = index + 1;
    wakeReader();
  }

  private int grown(int capacity) {
    return (int) Math.min(maxTokens, 2L * capacity);
  }

  @Override
  public void onFinished(TokenEvent.Finished event) {
    if (numTokens == 0) {
      owner.onPromptDone(this);
    }
    owner.onFinished(this, event);
    finished = event;
    wakeReader();
  }

  private void wakeReader() {
    Thread reader = parkedReader;
    if (reader != null) {
      LockSupport.unpark(reader);
    }
  }

  @Override
  public TokenEvent next() throws InterruptedException {
    TokenEvent event = poll();
    while (event == null) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      parkedReader = Thread.currentThread();
      // Looked at again after announcing: the engine may have published in between.
      event = poll();
      if (event == null) {
        LockSupport.park(this);
      }
      parkedReader = null;
    }
    return event;
  }

  @Override
  public @Nullable TokenEvent poll() {
    if (isEndRead) {
      throw new IllegalStateException("read beyond the end of request " + requestId());
    }
    // The end first: what was published before it must be seen after it was seen.
    TokenEvent.Finished end = finished;
    int available = numTokens;
    TokenEvent.PromptScored scores = promptScored;
    if (scores != null && !isPromptRead) {
      isPromptRead = true;
      return scores;
    }
    if (numRead < available) {
      int index = numRead++;
      @Nullable TokenLogprobs[] all = logprobs;
      return new TokenEvent.Token(tokenIds[index], all == null ? null : all[index]);
    }
    isEndRead = end != null;
    return end;
  }

  @Override
  public int numAvailable() {
    return numTokens - numRead;
  }

  @Override
  public void abort() {
    requestEnd(FinishReason.ABORT);
  }

  @Override
  public void stop() {
    requestEnd(FinishReason.STOP);
  }

  private void requestEnd(FinishReason reason) {
    if (finished == null && isEndRequested.compareAndSet(false, true)) {
      owner.onEndRequested(this, reason);
    }
  }
}
