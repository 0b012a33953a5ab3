package dev.gatun.engine.sched;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.kv.CachedPrefix;
import dev.gatun.engine.kv.Invariant;
import dev.gatun.engine.kv.KvCacheManager;
import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batching under a token budget, without prefill and decode phases: each step gives
 * every running request what it lacks, in order of admission, then admits from the waiting queue,
 * first come first served.
 *
 * <p>Why no request waits for ever: the queue is never overtaken, and the request admitted first
 * can take blocks from all others, since the last admitted is preempted first. Alone it always
 * fits, because the engine refuses what cannot. Preempted requests return to the head of the queue
 * in their old order.
 *
 * <p>Admission asks for the whole prompt, beyond what running requests are going to take soon and
 * beyond a small watermark, so that a request rarely starts only to be preempted. What the prefix
 * cache holds of it is not computed again, and costs no block if a running request holds it too.
 *
 * <p>Engine thread only. Between {@link #schedule} and {@link #apply} of its plan nothing else may
 * be called.
 */
public final class Scheduler {
  /** Free blocks left over when another request is admitted: 1 / 100. */
  private static final int WATERMARK_DIVISOR = 100;

  private final EngineLimits limits;
  private final int longPrefillTokenThreshold;
  private final int maxScoredRows;
  private final StopRules stopRules;
  private final KvCacheManager kv;
  private final int watermarkBlocks;
  private final int growthTokens;

  private final ArrayDeque<RequestState> waiting;
  private final RunningRequests running;

  /** What the cache has of the request that is about to be admitted. */
  private final CachedPrefix prefix;

  private int tokenBudget;
  private int scoredRowBudget;

  private long totalPreemptions;
  private long totalPromptTokens;
  private long totalOutputTokens;
  private long totalPrefixQueryTokens;
  private long totalCachedTokens;

  /** Claims a block table for every request that may run at once. */
  public Scheduler(SchedulerConfig config, KvCacheManager kv) {
    growthTokens = config.growthTokens();
    this.limits = config.limits();
    this.longPrefillTokenThreshold = config.longPrefillTokenThreshold();
    this.maxScoredRows = config.maxScoredRows();
    this.stopRules = new StopRules(limits.maxModelLen(), config.eosTokenIds());
    this.kv = kv;
    this.watermarkBlocks = (kv.numBlocks() + WATERMARK_DIVISOR - 1) / WATERMARK_DIVISOR;
    waiting = new ArrayDeque<>(limits.maxQueuedRequests());
    running = new RunningRequests(limits.maxNumSeqs(), limits.maxModelLen(), kv);
    prefix = kv.newPrefix(limits.maxModelLen());
  }

  /** Queues a request that the engine has validated. */
  public void add(RequestState request) {
    waiting.addLast(request);
  }

  public int numRunning() {
    return running.size();
  }

  public int numWaiting() {
    return waiting.size();
  }

  public boolean hasRequests() {
    return running.size() > 0 || !waiting.isEmpty();
  }

  /** Preemptions since start. */
  public long totalPreemptions() {
    return totalPreemptions;
  }

  /**
   * Prompt tokens of requests whose prompt has been computed; recomputing counts no second time.
   */
  public long totalPromptTokens() {
    return totalPromptTokens;
  }

  /** Output tokens since start. */
  public long totalOutputTokens() {
    return totalOutputTokens;
  }

  /** Prompt tokens of admitted requests that the prefix cache might have served. */
  public long totalPrefixQueryTokens() {
    return totalPrefixQueryTokens;
  }

  /** Prompt tokens that the prefix cache did serve. */
  public long totalCachedTokens() {
    return totalCachedTokens;
  }

  /**
   * Plans the next step. The plan is empty only if there is no request.
   *
   * @param nowNanos the engine's clock
   */
  public void schedule(StepPlan plan, long nowNanos) {
    plan.clear();
    tokenBudget = limits.maxNumBatchedTokens();
    scoredRowBudget = maxScoredRows;
    boolean hasPreempted = scheduleRunning(plan);
    if (!hasPreempted) {
      admitWaiting(plan, nowNanos);
    }
    Invariant.check(
        plan.numTokens() > 0 || !hasRequests(),
        "progress with running",
        numRunning(),
        numWaiting());
  }

  private boolean scheduleRunning(StepPlan plan) {
    long preemptionsBefore = totalPreemptions;
    for (int i = 0; i < running.size() && tokenBudget > 0; i++) {
      RequestState request = running.get(i);
      int numScheduled = numTokensToSchedule(request, request.numComputedTokens());
      if (numScheduled > 0) {
        if (!allocateOrPreempt(request, numScheduled)) {
          break;
        }
        addToPlan(plan, request, numScheduled);
      }
    }
    return totalPreemptions > preemptionsBefore;
  }

  /** What the request lacks, within the budgets. 0 only if a budget is used up. */
  private int numTokensToSchedule(RequestState request, int start) {
    int count = Math.min(request.numTokens() - start, tokenBudget);
    if (longPrefillTokenThreshold > 0) {
      count = Math.min(count, longPrefillTokenThreshold);
    }
    int excessRows = request.numRowsToScore(start, count) - scoredRowBudget;
    if (excessRows > 0) {
      // Rows to score end at the last prompt token but one, which the chunk may reach beyond.
      int end = Math.max(start, request.numScoredRows()) + scoredRowBudget;
      count = end - start;
    }
    return count;
  }

  /** False if the request itself had to be preempted, being the last admitted. */
  private boolean allocateOrPreempt(RequestState request, int numScheduled) {
    BlockTable table = running.table(request);
    while (!kv.allocateSlots(table, request.numComputedTokens() + numScheduled)) {
      Invariant.check(running.size() > 1, "a lone request fits", numScheduled, kv.numFreeBlocks());
      RequestState victim = running.preemptLast();
      waiting.addFirst(victim);
      totalPreemptions++;
      if (victim == request) {
        return false;
      }
    }
    return true;
  }

  private void admitWaiting(StepPlan plan, long nowNanos) {
    int numPromised = running.numPromisedBlocks(growthTokens);
    while (tokenBudget > 0 && !running.isFull()) {
      RequestState request = waiting.peekFirst();
      if (request == null) {
        return;
      }
      kv.findPrefix(prefix, request.blockHashes(), request.tokenIds(), request.maxCachedTokens());
      int numFound = prefix.numBlocks() * kv.blockSize();
      int numScheduled = numTokensToSchedule(request, numFound);
      int numNeeded = kv.numBlocksFor(request.numTokens()) - prefix.numReferenced();
      int numSpare = kv.numFreeBlocks() - numPromised - (running.size() == 0 ? 0 : watermarkBlocks);
      if (numScheduled == 0 || numNeeded > numSpare) {
        return;
      }
      waiting.removeFirst();
      countPrefix(request, numFound);
      running.admit(request, prefix, nowNanos);
      BlockTable table = running.table(request);
      boolean isAllocated = kv.allocateSlots(table, numFound + numScheduled);
      Invariant.check(isAllocated, "room after admission", numNeeded, numSpare);
      numPromised += running.numPromisedBlocks(request, growthTokens);
      addToPlan(plan, request, numScheduled);
    }
  }

  private void countPrefix(RequestState request, int numFound) {
    if (!request.wasLookedUp() && request.readsPrefixCache()) {
      totalPrefixQueryTokens += request.numPromptTokens();
      totalCachedTokens += numFound;
    }
  }

  private void addToPlan(StepPlan plan, RequestState request, int numScheduled) {
    plan.add(request, running.table(request), numScheduled);
    tokenBudget -= numScheduled;
    scoredRowBudget -= request.numRowsToScore(request.numComputedTokens(), numScheduled);
  }

  /**
   * Takes in what the step computed: tokens, scores, failures; ends what is finished.
   *
   * @param nowNanos the engine's clock
   */
  public void apply(StepPlan plan, StepResult result, long nowNanos) {
    for (int i = 0; i < plan.numSequences(); i++) {
      RequestState request = plan.request(i);
      request.advance(plan.numScheduledTokens(i));
      String failure = result.failure(i);
      BlockTable table = running.table(request);
      if (failure != null) {
        // What gave bad numbers must not reach others.
        kv.discard(table);
        ServingException error = new ServingException(ErrorCode.INTERNAL, failure);
        finish(request, FinishReason.ERROR, -1, error);
        continue;
      }
      kv.cacheFullBlocks(
          table, request.blockHashes(), request.tokenIds(), request.numComputedTokens());
      applyPrompt(request, result.promptLogprobs(i));
      if (plan.isSampled(i)) {
        applyToken(request, result.tokenId(i), result.logprobs(i), nowNanos);
      } else if (request.isPromptDone() && request.sampling().maxTokens() == 0) {
        finish(request, FinishReason.LENGTH, -1, null);
      }
    }
    running.removeFinished();
  }

  private void applyPrompt(RequestState request, TokenLogprobs @Nullable [] scores) {
    if (scores != null) {
      request.addPromptLogprobs(scores);
    }
    if (!request.isPromptDone() && request.numComputedTokens() >= request.numPromptTokens()) {
      request.completePrompt();
      totalPromptTokens += request.numPromptTokens();
    }
  }

  private void applyToken(
      RequestState request, int tokenId, @Nullable TokenLogprobs logprobs, long nowNanos) {
    Invariant.check(
        tokenId >= 0 && tokenId < limits.vocabSize(), "token id", tokenId, limits.vocabSize());
    request.append(tokenId, nowNanos);
    totalOutputTokens++;
    request.sink().onToken(tokenId, logprobs);
    FinishReason reason = stopRules.check(request);
    if (reason != null) {
      finish(request, reason, reason == FinishReason.STOP ? tokenId : -1, null);
    }
  }

  /** As {@link #end} with {@link FinishReason#ABORT}. */
  public void abort(RequestState request) {
    end(request, FinishReason.ABORT);
  }

  /**
   * Ends a request that has not finished; does nothing for one that has.
   *
   * @param reason ABORT, or STOP where the reader of its text found a stop string
   */
  public void end(RequestState request, FinishReason reason) {
    if (request.status() != RequestStatus.FINISHED) {
      boolean isRunning = request.status() == RequestStatus.RUNNING;
      finish(request, reason, -1, null);
      if (isRunning) {
        running.removeFinished();
      } else {
        waiting.remove(request);
      }
    }
  }

  /** Ends every request whose deadline has come, with DEADLINE_EXCEEDED. */
  public void expire(long nowNanos) {
    // Looked at first: an exception costs its stack trace, and this is called in every step.
    if (hasExpired(nowNanos)) {
      endEach(
          request -> request.isExpired(nowNanos),
          new ServingException(
              ErrorCode.DEADLINE_EXCEEDED, "the request's deadline passed before it finished"));
    }
  }

  private boolean hasExpired(long nowNanos) {
    for (int i = 0; i < running.size(); i++) {
      if (running.get(i).isExpired(nowNanos)) {
        return true;
      }
    }
    for (RequestState request : waiting) {
      if (request.isExpired(nowNanos)) {
        return true;
      }
    }
    return false;
  }

  /** Ends every request with ABORT. */
  public void abortAll() {
    endEach(request -> true, null);
  }

  private void endEach(Predicate<RequestState> condition, @Nullable ServingException failure) {
    FinishReason reason = failure == null ? FinishReason.ABORT : FinishReason.ERROR;
    for (int i = 0; i < running.size(); i++) {
      RequestState request = running.get(i);
      if (condition.test(request)) {
        finish(request, reason, -1, failure);
      }
    }
    running.removeFinished();
    waiting.removeIf(
        request -> {
          boolean ends = condition.test(request);
          if (ends) {
            finish(request, reason, -1, failure);
          }
          return ends;
        });
  }

  private void finish(
      RequestState request,
      FinishReason reason,
      int stopTokenId,
      @Nullable ServingException failure) {
    Invariant.check(
        request.status() != RequestStatus.FINISHED, "one finish", request.numTokens(), 0);
    request.finish();
    boolean isEndOfSequence =
        stopTokenId >= 0 && stopRules.stoppedByEndOfSequence(request, stopTokenId);
    request
        .sink()
        .onFinished(
            new TokenEvent.Finished(
                reason, stopTokenId, isEndOfSequence, failure, request.stats()));
  }
}
