package dev.gatun.engine.sched;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.QueueSnapshot;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.SpeculationStats;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.kv.CachedPrefix;
import dev.gatun.engine.kv.Invariant;
import dev.gatun.engine.kv.KvCacheManager;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batching under a token budget, without prefill and decode phases: each step gives
 * every running request what it lacks, then admits from the waiting queue; both in {@link
 * RequestOrder}.
 *
 * <p>Why no request waits for ever: the queue is overtaken only where {@link PrefixWait} holds a
 * request back, which it does in a bounded number of steps, and the running request that is first
 * in order can take blocks from all others, since the last in order is preempted first. Alone it
 * always fits, because the engine refuses what cannot. So it ends, and the next one is first.
 *
 * <p>Admission asks for room for the whole sequence beside those of the running requests, and for
 * an {@link AdmissionRule} that looks ahead, so that a request rarely starts only to be preempted.
 * What the prefix cache holds of it is not computed again, and costs no block if a running request
 * holds it too.
 *
 * <p>Steps may overlap: a plan may be made before the result of the one before it has been applied
 * (the step is in flight). Its sequences then hold a pending token, which the step in flight
 * samples. Tokens count as computed from the moment they are scheduled, as steps run in the order
 * of their plans; for the same reason the blocks of a request that ends or is preempted may be
 * given away at once, even if a step in flight still writes to them. A request that ends by its
 * token in flight has a row in the next plan for nothing; its result is left aside.
 *
 * <p>Engine thread only. Results are applied in the order of their plans.
 */
public final class Scheduler {
  private final EngineLimits limits;
  private final int longPrefillTokenThreshold;
  private final LogitRowBudget logitRows;
  private final StopRules stopRules;
  private final KvCacheManager kv;
  private final RequestOrder order;
  private final WaitingQueue waiting;
  private final RunningRequests running;
  private final PrefixWait prefixWait;
  private final Preemptions preemptions;
  private final AdmissionRule admission;

  /** What the cache has of the request that is about to be admitted. */
  private final CachedPrefix prefix;

  private final Drafts drafts;

  private int tokenBudget;
  private int numInFlight;

  private final TokenTotals totals = new TokenTotals();

  /** Claims a block table for every request that may run at once. */
  public Scheduler(SchedulerConfig config, KvCacheManager kv) {
    this(
        config,
        kv,
        running ->
            new PoolForecast(
                kv, running, config.limits().maxNumSeqs(), config.preemption().overcommit()));
  }

  /** With another rule of admission, to compare it. */
  Scheduler(
      SchedulerConfig config,
      KvCacheManager kv,
      Function<RunningRequests, AdmissionRule> admissionRule) {
    this.limits = config.limits();
    this.longPrefillTokenThreshold = config.longPrefillTokenThreshold();
    this.logitRows = new LogitRowBudget(config);
    this.stopRules = new StopRules(limits.maxModelLen(), config.eosTokenIds());
    this.kv = kv;
    PreemptionConfig preemption = config.preemption();
    order = new RequestOrder(preemption.policy(), preemption.agingNanos());
    waiting = new WaitingQueue(limits.maxQueuedRequests());
    running = new RunningRequests(limits.maxNumSeqs(), limits.maxModelLen(), kv);
    prefixWait = new PrefixWait(kv, running, limits.maxNumSeqs(), limits.maxNumBatchedTokens());
    preemptions = new Preemptions(config, kv, running);
    admission = admissionRule.apply(running);
    prefix = kv.newPrefix(limits.maxModelLen());
    drafts = new Drafts(config.speculation(), kv, running);
  }

  /** Queues a request that the engine has validated. */
  public void add(RequestState request) {
    order.place(request);
    waiting.add(request);
  }

  public int numRunning() {
    return running.size();
  }

  public int numWaiting() {
    return waiting.size();
  }

  public boolean hasRequests() {
    return running.size() > 0 || waiting.size() > 0;
  }

  /** Preemptions since start and what they cost. */
  public PreemptionStats preemptionStats() {
    return preemptions.stats();
  }

  /**
   * Learns from a step what computing and copying cost. Before it is applied.
   *
   * @param durationNanos of the whole step
   */
  public void observe(StepPlan plan, StepResult result, long durationNanos) {
    preemptions
        .costs()
        .observe(plan.numTokens(), plan.copies().size(), durationNanos, result.copyNanos());
  }

  /** Tokens since start. */
  public TokenTotals totals() {
    return totals;
  }

  /** Requests that the last schedule held back for what a step in flight computes. */
  public int numHeld() {
    return prefixWait.numHeld();
  }

  /** Arrival of the oldest waiting request, or {@link QueueSnapshot#NOBODY}. */
  public long oldestWaitingNanos() {
    return waiting.oldestArrivalNanos();
  }

  /** Totals of speculative decoding. */
  public SpeculationStats speculationStats() {
    return drafts.stats();
  }

  /**
   * Plans the next step, which is in flight from here on unless the plan is empty. It is empty only
   * if there is no request, or if all of them wait for steps in flight.
   *
   * @param nowNanos the engine's clock
   */
  public void schedule(StepPlan plan, long nowNanos) {
    plan.clear();
    tokenBudget = limits.maxNumBatchedTokens();
    logitRows.begin(running, waiting.size());
    boolean hasPreempted = scheduleRunning(plan);
    if (!hasPreempted) {
      admitWaiting(plan, nowNanos);
      prefixWait.releaseTo(waiting);
    }
    drafts.addTo(plan, tokenBudget);
    Invariant.check(
        plan.numTokens() > 0 || !hasRequests() || numInFlight > 0,
        "progress with running",
        numRunning(),
        numWaiting());
    if (plan.numSequences() > 0) {
      kv.takeCopies(plan.copies());
      numInFlight++;
    }
  }

  private boolean scheduleRunning(StepPlan plan) {
    long preemptionsBefore = preemptions.numPreemptions();
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
    return preemptions.numPreemptions() > preemptionsBefore;
  }

  /**
   * What the request lacks, within the budgets. 0 only if a budget is used up or if the request
   * waits for a step in flight.
   */
  private int numTokensToSchedule(RequestState request, int start) {
    if (request.endsInFlight()) {
      return 0;
    }
    int count = Math.min(request.numTokensAhead() - start, tokenBudget);
    if (longPrefillTokenThreshold > 0) {
      count = Math.min(count, longPrefillTokenThreshold);
    }
    return logitRows.limit(request, start, count);
  }

  /** False if the request itself had to be preempted, being the last in order. */
  private boolean allocateOrPreempt(RequestState request, int numScheduled) {
    BlockTable table = running.table(request);
    while (!kv.allocateSlots(table, request.numComputedTokens() + numScheduled)) {
      Invariant.check(running.size() > 1, "a lone request fits", numScheduled, kv.numFreeBlocks());
      RequestState victim = preemptions.preemptLast();
      waiting.add(victim);
      if (victim == request) {
        return false;
      }
    }
    return true;
  }

  private void admitWaiting(StepPlan plan, long nowNanos) {
    admission.beginStep();
    int numPromised = running.numPromisedBlocks();
    while (tokenBudget > 0 && running.numFreeSlots() > prefixWait.numHeld()) {
      RequestState request = waiting.first();
      if (request == null) {
        return;
      }
      kv.findPrefix(prefix, request.blockHashes(), request.tokenIds(), request.maxCachedTokens());
      int numFound = preemptions.numTokensAtHand(request, prefix);
      int numScheduled = numTokensToSchedule(request, numFound);
      int numComing = prefixWait.numComingBlocks(request, numFound / kv.blockSize());
      int numShared = prefix.numReferenced() + numComing;
      if (numScheduled == 0 || !fits(request, numShared, numPromised)) {
        return;
      }
      waiting.remove(request);
      if (numComing > 0) {
        prefixWait.hold(request);
        numPromised += kv.numBlocksFor(request.numTokens()) - numShared;
        continue;
      }
      countPrefix(request, numFound);
      preemptions.admit(request, prefix, numFound, nowNanos);
      BlockTable table = running.table(request);
      boolean isAllocated = kv.allocateSlots(table, numFound + numScheduled);
      Invariant.check(isAllocated, "room after admission", numScheduled, kv.numFreeBlocks());
      numPromised += running.numPromisedBlocks(request);
      addToPlan(plan, request, numScheduled);
    }
  }

  /** Whether its sequence fits now, beside what others lack, and its output is going to. */
  private boolean fits(RequestState request, int numShared, int numPromised) {
    int numNeeded = kv.numBlocksFor(request.numTokens()) - numShared;
    return numNeeded <= kv.numFreeBlocks() - numPromised
        && (running.size() == 0 || admission.admits(request, numShared));
  }

  private void countPrefix(RequestState request, int numFound) {
    if (!request.wasLookedUp() && request.readsPrefixCache()) {
      totals.prefixLookedUp(request, numFound);
    }
  }

  private void addToPlan(StepPlan plan, RequestState request, int numScheduled) {
    plan.add(request, running.table(request), numScheduled);
    tokenBudget -= numScheduled;
    boolean isSampled = plan.isSampled(plan.numSequences() - 1);
    logitRows.take(request, request.numComputedTokens(), numScheduled, isSampled);
    request.advance(numScheduled);
    if (isSampled) {
      request.expectToken();
    }
  }

  /**
   * Takes in what the step computed: tokens, scores, failures; ends what is finished.
   *
   * @param plan the oldest in flight
   * @param nowNanos the engine's clock
   */
  public void apply(StepPlan plan, StepResult result, long nowNanos) {
    numInFlight--;
    for (int i = 0; i < plan.numSequences(); i++) {
      if (plan.request(i).status() != RequestStatus.FINISHED) {
        applyRow(plan, result, i, nowNanos);
      }
    }
    running.removeFinished();
  }

  private void applyRow(StepPlan plan, StepResult result, int i, long nowNanos) {
    RequestState request = plan.request(i);
    boolean isCurrent = plan.isCurrent(i);
    if (plan.isSampled(i)) {
      request.settleToken();
    }
    if (result.failure(i) != null) {
      // A request preempted meanwhile computes this again, and fails then, with its blocks at hand.
      if (isCurrent) {
        failRow(plan, result, i, nowNanos);
      }
      return;
    }
    Invariant.check(
        !plan.isSampled(i) || result.numTokens(i) > 0 || result.hasEnded(i),
        "a token of a sampled row",
        i,
        0);
    int numAccepted = Math.max(0, result.numTokens(i) - 1);
    int numRejected = plan.numDrafts(i) - numAccepted;
    if (plan.numDrafts(i) > 0) {
      request.retract(numRejected);
      drafts.count(plan.numDrafts(i), numAccepted);
    }
    applyPrompt(request, plan.endPosition(i), result.promptLogprobs(i));
    if (plan.isSampled(i)) {
      applyTokens(request, result, i, nowNanos);
    } else if (request.isPromptDone() && request.sampling().maxTokens() == 0) {
      conclude(request, FinishReason.LENGTH, -1);
    }
    int numComputed = Math.min(plan.endPosition(i) - numRejected, request.numTokens());
    if (isCurrent) {
      kv.cacheFullBlocks(
          running.table(request), request.blockHashes(), request.tokenIds(), numComputed);
    } else {
      kv.hashFullBlocks(request.blockHashes(), request.tokenIds(), numComputed);
    }
  }

  /** Where drafts were accepted, what was sampled before the failure is sound. */
  private void failRow(StepPlan plan, StepResult result, int i, long nowNanos) {
    RequestState request = plan.request(i);
    if (result.numTokens(i) > 0) {
      applyPrompt(request, plan.endPosition(i), result.promptLogprobs(i));
      applyTokens(request, result, i, nowNanos);
    }
    if (request.status() != RequestStatus.FINISHED) {
      // What gave bad numbers must not reach others.
      kv.discard(running.table(request));
      finish(request, FinishReason.ERROR, -1, result.failure(i));
    }
  }

  /** Ends a request by its result; one that was preempted meanwhile waits and leaves the queue. */
  private void conclude(RequestState request, FinishReason reason, int stopTokenId) {
    if (request.status() == RequestStatus.PREEMPTED) {
      waiting.remove(request);
    }
    finish(request, reason, stopTokenId, null);
  }

  private void applyPrompt(
      RequestState request, int endPosition, TokenLogprobs @Nullable [] scores) {
    if (scores != null) {
      request.addPromptLogprobs(scores);
    }
    if (!request.isPromptDone() && endPosition >= request.numPromptTokens()) {
      request.completePrompt();
      totals.promptDone(request);
    }
  }

  /** Tokens behind one that ends the request were accepted for nothing. */
  private void applyTokens(RequestState request, StepResult result, int i, long nowNanos) {
    for (int k = 0; k < result.numTokens(i) && request.status() != RequestStatus.FINISHED; k++) {
      boolean isLast = result.hasEnded(i) && k == result.numTokens(i) - 1;
      applyToken(request, result.tokenId(i, k), result.logprobs(i, k), isLast, nowNanos);
    }
    if (result.hasEnded(i) && request.status() != RequestStatus.FINISHED) {
      conclude(request, FinishReason.STOP, -1);
    }
  }

  private void applyToken(
      RequestState request,
      int tokenId,
      @Nullable TokenLogprobs logprobs,
      boolean isLast,
      long nowNanos) {
    Invariant.check(
        tokenId >= 0 && tokenId < limits.vocabSize(), "token id", tokenId, limits.vocabSize());
    request.append(tokenId, nowNanos);
    totals.output();
    admission.onToken(request);
    request.sink().onToken(tokenId, logprobs);
    FinishReason reason = stopRules.check(request);
    int stopTokenId = reason == FinishReason.STOP ? tokenId : -1;
    if (isLast) {
      // What is complete has stopped, also before min_tokens and with the last of max_tokens.
      reason = FinishReason.STOP;
    }
    if (reason == FinishReason.STOP) {
      admission.onStop(request);
    }
    if (reason != null) {
      conclude(request, reason, stopTokenId);
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
      if (reason == FinishReason.STOP && isRunning) {
        admission.onStop(request);
      }
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
    if (running.hasExpired(nowNanos) || waiting.hasExpired(nowNanos)) {
      endEach(
          request -> request.isExpired(nowNanos),
          new ServingException(
              ErrorCode.DEADLINE_EXCEEDED, "the request's deadline passed before it finished"));
    }
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
    preemptions.end(request);
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
