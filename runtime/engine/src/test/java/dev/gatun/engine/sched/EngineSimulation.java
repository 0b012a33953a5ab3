package dev.gatun.engine.sched;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.kv.BlockHashes;
import dev.gatun.engine.kv.BlockTable;
import dev.gatun.engine.kv.KvCacheManager;
import dev.gatun.engine.kv.PlantedHashes;
import dev.gatun.engine.kv.PrefixHasher;
import dev.gatun.engine.runner.WitnessModel;
import dev.gatun.engine.runner.WitnessRunner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One run of scheduler, KV bookkeeping and witness, made by a seed: no threads, no clock, so the
 * same seed always gives the same run. Checks after each step that the books balance and that work
 * was done; at the end that every answer is the one the request gets alone.
 */
final class EngineSimulation {
  /** Far above what any seed needs: tokens are few and each step computes at least one. */
  private static final int MAX_STEPS = 20_000;

  private final SimulatedWorkload workload;
  private final KvCacheManager kv;
  private final Scheduler scheduler;
  private final WitnessRunner runner;
  private final StepPlan[] plans;
  private final List<RequestState> requests = new ArrayList<>();
  private final List<RecordingSink> sinks = new ArrayList<>();
  private final CacheBug cacheBug;
  private final ComputedPrefixes computed;
  private final Set<RequestState> running = new HashSet<>();
  private boolean isEverythingKept;
  private int step;
  private int numLaunched;
  private int numApplied;
  private int numAbortedWhileParked;

  /** Mistakes of prefix caching, planted to prove that the simulation notices them. */
  enum CacheBug {
    NONE,
    FORGETS_SALT,
    HASHES_WITHOUT_PARENT,
    CACHES_WHAT_WAS_NEVER_COMPUTED,
    /** Not to be noticed: the cache must not depend on hashes being good. */
    HASHES_COLLIDE
  }

  private EngineSimulation(long seed, WitnessRunner.Bug bug, CacheBug cacheBug) {
    workload = SimulatedWorkload.of(seed);
    this.cacheBug = cacheBug;
    EngineLimits limits = workload.config().limits();
    kv =
        new KvCacheManager(
            limits.numBlocks(), limits.blockSize(), workload.config().enablePrefixCaching());
    computed = new ComputedPrefixes(limits.blockSize());
    // A request that ends by a draft before one that fails leaves its last blocks uncached.
    isEverythingKept = workload.model().poisonEvery() == 0 || numDrafts() == 0;
    scheduler = new Scheduler(workload.config(), kv);
    runner =
        new WitnessRunner(
            workload.model(),
            limits.numBlocks(),
            limits.blockSize(),
            limits.maxNumSeqs(),
            bug,
            workload.config().maxStepsInFlight(),
            numDrafts(),
            workload.config().preemption().numSwapBlocks());
    plans = new StepPlan[workload.config().maxStepsInFlight()];
    Arrays.setAll(plans, place -> new StepPlan(limits.maxNumSeqs(), numDrafts()));
  }

  private int numDrafts() {
    return workload.config().speculation().numSpeculativeTokens();
  }

  /**
   * Runs to the end.
   *
   * @throws AssertionError or IllegalStateException at the first thing that is not as it must be
   */
  static Report run(long seed, WitnessRunner.Bug bug, CacheBug cacheBug) {
    EngineSimulation simulation = new EngineSimulation(seed, bug, cacheBug);
    simulation.run();
    simulation.checkAnswers();
    return simulation.report();
  }

  private void run() {
    while (requests.size() < workload.arrivals().size()
        || scheduler.hasRequests()
        || numApplied < numLaunched) {
      assertThat(step).as("steps, no livelock").isLessThan(MAX_STEPS);
      arriveAndLeave();
      boolean isLaunched = launchStep();
      int numInFlight = numLaunched - numApplied;
      if (numInFlight == plans.length || (numInFlight > 0 && !isLaunched)) {
        applyStep(plans[numApplied++ % plans.length]);
      }
      kv.checkIntegrity();
      if (workload.resetEvery() > 0 && step % workload.resetEvery() == 0) {
        boolean isEmpty = kv.resetPrefixCache();
        assertThat(isEmpty).isEqualTo(kv.numCachedBlocks() == 0);
        assertThat(scheduler.numRunning() > 0 || isEmpty).isTrue();
        isEverythingKept = false;
        kv.checkIntegrity();
      }
      step++;
    }
    assertThat(kv.numFreeBlocks()).as("free blocks at the end").isEqualTo(kv.numBlocks());
    assertThat(kv.numFreeSwapBlocks()).as("free swap space").isEqualTo(kv.numSwapBlocks());
    assertThat(runner.maxLogitRows()).isLessThanOrEqualTo(workload.config().maxLogitRows());
  }

  private boolean launchStep() {
    StepPlan plan = plans[numLaunched % plans.length];
    scheduler.expire(now());
    scheduler.schedule(plan, now());
    kv.checkIntegrity();
    if (plan.numSequences() == 0) {
      return false;
    }
    checkPlan(plan);
    rememberRunning();
    runner.launch(plan);
    numLaunched++;
    return true;
  }

  private void applyStep(StepPlan plan) {
    boolean[] isCurrent = new boolean[plan.numSequences()];
    for (int i = 0; i < isCurrent.length; i++) {
      isCurrent[i] = plan.isCurrent(i);
    }
    StepResult result = runner.await();
    result.setCopyNanos(plan.copies().size() * workload.copyNanos());
    scheduler.observe(plan, result, 1_000 + 100L * plan.numTokens() + result.copyNanos());
    scheduler.apply(plan, result, now() + 1);
    rememberComputed(plan, isCurrent);
    rememberRunning();
  }

  private long now() {
    return (step + 1) * SimulatedWorkload.STEP_NANOS;
  }

  private void arriveAndLeave() {
    List<SimulatedWorkload.Arrival> arrivals = workload.arrivals();
    while (requests.size() < arrivals.size() && arrivals.get(requests.size()).step() <= step) {
      SimulatedWorkload.Arrival arrival = arrivals.get(requests.size());
      RecordingSink sink = new RecordingSink();
      RequestState request =
          new RequestState(
              arrival.request(), blockHashes(arrival.request()), arrival.seed(), now(), sink);
      requests.add(request);
      sinks.add(sink);
      scheduler.add(request);
    }
    for (int i = 0; i < requests.size(); i++) {
      if (arrivals.get(i).abortStep() == step) {
        numAbortedWhileParked += requests.get(i).parked() != KvCacheManager.NOT_PARKED ? 1 : 0;
        scheduler.abort(requests.get(i));
      }
    }
  }

  private BlockHashes blockHashes(GenerateRequest request) {
    int blockSize = kv.blockSize();
    int[] prompt = request.promptTokenIds();
    PrefixHasher hasher = new PrefixHasher(blockSize, new byte[0]);
    BlockHashes sound = hasher.hash("", request.cacheSalt(), prompt);
    return switch (cacheBug) {
      case NONE -> sound;
      case FORGETS_SALT -> hasher.hash("", "", prompt);
      case HASHES_WITHOUT_PARENT -> PlantedHashes.withoutParent(blockSize, prompt);
      case HASHES_COLLIDE -> PlantedHashes.colliding(blockSize, prompt);
      case CACHES_WHAT_WAS_NEVER_COMPUTED -> {
        BlockTable table = kv.newTable(prompt.length);
        if (kv.allocateSlots(table, prompt.length)) {
          kv.cacheFullBlocks(table, sound, prompt, prompt.length);
        }
        kv.free(table);
        yield sound;
      }
    };
  }

  private void rememberRunning() {
    running.clear();
    for (RequestState request : requests) {
      if (request.status() == RequestStatus.RUNNING) {
        running.add(request);
      }
    }
  }

  private void rememberComputed(StepPlan plan, boolean[] isCurrent) {
    for (RecordingSink sink : sinks) {
      TokenEvent.Finished end = sink.finished();
      if (end != null && end.reason() == FinishReason.ERROR) {
        isEverythingKept = false;
      }
    }
    for (int i = 0; i < plan.numSequences(); i++) {
      if (isCurrent[i]) {
        RequestState request = plan.request(i);
        boolean isAhead = plans.length > 1;
        int end = isAhead ? plan.endPosition(i) : request.numComputedTokens();
        computed.add(salt(request), request, Math.min(end, request.numTokens()));
      }
    }
  }

  private String salt(RequestState request) {
    return workload.arrivals().get(requests.indexOf(request)).request().cacheSalt();
  }

  /**
   * The cache gives what was computed before, never more, and all of it unless it had to forget.
   */
  private void checkFoundPrefix(RequestState request, int numFound) {
    int maxFound = computed.longest(salt(request), request, request.maxCachedTokens());
    boolean isAllFound =
        isEverythingKept
            && kv.numEvictions() == 0
            && workload.config().enablePrefixCaching()
            && cacheBug != CacheBug.HASHES_COLLIDE;
    if (request.stats().preemptions().numSwapped() > 0) {
      // Beyond the cache it has what was kept of its own, which no block boundary limits.
      assertThat(numFound).isLessThanOrEqualTo(request.maxCachedTokens());
    } else if (isAllFound) {
      assertThat(numFound).as("cached tokens of %s", request.requestId()).isEqualTo(maxFound);
    } else if (cacheBug != CacheBug.HASHES_COLLIDE) {
      assertThat(numFound)
          .as("cached tokens of %s", request.requestId())
          .isLessThanOrEqualTo(maxFound);
    }
    if (request.stats().numPreemptions() == 0) {
      assertThat(request.stats().numCachedTokens()).isEqualTo(numFound);
      assertThat(request.sampling().promptLogprobs() < 0 || numFound == 0).isTrue();
    }
  }

  private void checkPlan(StepPlan plan) {
    EngineLimits limits = workload.config().limits();
    int numTokens = 0;
    for (int i = 0; i < plan.numSequences(); i++) {
      numTokens += plan.numScheduledTokens(i);
      assertThat(plan.request(i).status()).isEqualTo(RequestStatus.RUNNING);
      assertThat(plan.endPosition(i)).isEqualTo(plan.request(i).numComputedTokens());
      if (!running.contains(plan.request(i))) {
        checkFoundPrefix(plan.request(i), plan.startPosition(i));
      }
    }
    assertThat(numTokens)
        .isEqualTo(plan.numTokens())
        .isLessThanOrEqualTo(limits.maxNumBatchedTokens());
    assertThat(plan.numSequences()).isLessThanOrEqualTo(limits.maxNumSeqs());
  }

  private void checkAnswers() {
    for (int i = 0; i < requests.size(); i++) {
      checkAnswer(workload.arrivals().get(i), sinks.get(i));
      assertThat(requests.get(i).numHolds()).isLessThanOrEqualTo(PrefixWait.MAX_HOLDS);
      for (int k = 0; k < requests.size(); k++) {
        checkOrder(i, k);
      }
    }
  }

  /** Who was admitted first was first in order, or the other one was not there yet. */
  private void checkOrder(int first, int second) {
    long admission = requests.get(first).stats().firstScheduledNanos();
    if (admission > 0 && admission < requests.get(second).stats().firstScheduledNanos()) {
      boolean wasAlone = requests.get(second).stats().arrivalNanos() > admission;
      boolean isBefore =
          orderKey(first) == orderKey(second) ? first < second : orderKey(first) < orderKey(second);
      // Those held back are overtaken, nobody else is.
      boolean wasHeld = requests.get(second).numHolds() > 0;
      assertThat(wasAlone || isBefore || wasHeld)
          .as("r%d admitted before r%d", first, second)
          .isTrue();
    }
  }

  private long orderKey(int i) {
    PreemptionConfig preemption = workload.config().preemption();
    return switch (preemption.policy()) {
      case FCFS -> i;
      case PRIORITY -> {
        int priority = workload.arrivals().get(i).request().priority();
        yield requests.get(i).stats().arrivalNanos() + priority * preemption.agingNanos();
      }
    };
  }

  private void checkAnswer(SimulatedWorkload.Arrival arrival, RecordingSink sink) {
    GenerateRequest request = arrival.request();
    WitnessModel.Answer alone =
        workload
            .model()
            .alone(
                request.promptTokenIds(),
                request.sampling(),
                arrival.seed(),
                workload.config().limits().maxModelLen());
    String id = request.requestId();
    assertThat(sink.finished()).as("end of %s", id).isNotNull();
    FinishReason reason = sink.finished().reason();
    boolean isCutShort =
        (reason == FinishReason.ABORT && arrival.abortStep() >= 0) || isExpired(sink, request);
    if (isCutShort) {
      List<Integer> tokens = alone.tokens();
      assertThat(sink.tokens())
          .as("text of %s, cut short", id)
          .isEqualTo(tokens.subList(0, Math.min(sink.tokens().size(), tokens.size())));
    } else {
      assertThat(sink.tokens()).as("text of %s", id).isEqualTo(alone.tokens());
      assertThat(reason).as("finish reason of %s", id).isEqualTo(alone.reason());
    }
    if (sink.promptLogprobs() != null) {
      assertThat(sink.promptLogprobs().stream().skip(1).map(score -> score.logprob()).toList())
          .as("prompt scores of %s", id)
          .isEqualTo(alone.promptScores());
    } else {
      boolean mayLackScores = isCutShort || reason == FinishReason.ERROR;
      assertThat(mayLackScores || request.sampling().promptLogprobs() < 0)
          .as("prompt scores of %s, which ended by %s", id, reason)
          .isTrue();
    }
  }

  private boolean isExpired(RecordingSink sink, GenerateRequest request) {
    boolean isExpired =
        sink.finished().failure() != null
            && sink.finished().failure().code() == ErrorCode.DEADLINE_EXCEEDED;
    if (isExpired) {
      assertThat(request.deadlineNanos()).isLessThanOrEqualTo(now());
    }
    return isExpired;
  }

  private Report report() {
    long numChunked =
        requests.stream()
            .filter(r -> r.numPromptTokens() > workload.config().limits().maxNumBatchedTokens())
            .count();
    return new Report(
        step,
        scheduler.preemptionStats(),
        numAbortedWhileParked,
        requests.size(),
        numChunked,
        scheduler.totals().numPrefixQuery(),
        scheduler.totals().numPrefixHit(),
        kv.numEvictions(),
        scheduler.speculationStats().numDraftTokens(),
        scheduler.speculationStats().numAcceptedTokens(),
        requests.stream().mapToInt(RequestState::numHolds).sum());
  }

  /** What a run went through, to see that the seeds reach the interesting places. */
  record Report(
      int numSteps,
      PreemptionStats preemptions,
      int numAbortedWhileParked,
      int numRequests,
      long numChunkedPrompts,
      long numPrefixQueryTokens,
      long numCachedTokens,
      long numEvictions,
      long numDraftTokens,
      long numAcceptedTokens,
      long numHolds) {}
}
