package dev.gatun.engine.loop;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.QueueSnapshot;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.SwapSnapshot;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.kv.KvCacheManager;
import dev.gatun.engine.runner.ModelRunner;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.Scheduler;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.StepPlan;
import dev.gatun.engine.sched.StepResult;
import dev.gatun.engine.sched.TokenTotals;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the engine thread does: execute commands, schedule, launch, await, apply, publish; park when
 * there is no request. It owns scheduler, KV bookkeeping and runner.
 *
 * <p>Where the runner takes two steps, the next one is planned and launched before the result of
 * the one before it is awaited, so that the device never waits for this thread:
 *
 * <pre>
 *   engine    plan 1 | plan 2 |   ...   | apply 1, plan 3 |   ...   | apply 2, plan 4 |
 *   device           |-------- step 1 --------|-------- step 2 --------|-------- step 3 --
 * </pre>
 */
final class EngineThread implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineThread.class);

  /** What the engine thread tells the rest of the engine. */
  interface Listener {
    /** A snapshot was published; the requests in it may be none. */
    void onSnapshot();

    /** The thread is done; commands still queued will not be executed. */
    void onTerminated(EngineState finalState);
  }

  private final BlockingQueue<Command> commands;
  private final ModelRunner runner;
  private final EngineObserver observer;
  private final LongSupplier clock;
  private final Listener listener;
  private final KvCacheManager kv;
  private final Scheduler scheduler;

  /** One per step in flight, with the times of planning and what preemption cost there. */
  private final StepPlan[] plans;

  private final long[] planNanos;
  private final PreemptionStats[] planPreemptions;
  private final Set<EventStream> liveStreams = new LinkedHashSet<>();
  private long numLaunched;
  private long numSteps;
  private long lastStepNanos;

  private volatile EngineSnapshot snapshot;
  private volatile boolean isParked;

  EngineThread(
      SchedulerConfig config,
      ModelRunner runner,
      EngineObserver observer,
      LongSupplier clock,
      BlockingQueue<Command> commands,
      Listener listener) {
    EngineLimits limits = config.limits();
    this.commands = commands;
    this.runner = runner;
    this.observer = observer;
    this.clock = clock;
    this.listener = listener;
    kv = new KvCacheManager(limits.numBlocks(), limits.blockSize(), config.enablePrefixCaching());
    scheduler = new Scheduler(config, kv);
    plans = new StepPlan[runner.maxStepsInFlight()];
    for (int place = 0; place < plans.length; place++) {
      plans[place] = new StepPlan(limits.maxNumSeqs(), config.speculation().numSpeculativeTokens());
    }
    planNanos = new long[plans.length];
    planPreemptions = new PreemptionStats[plans.length];
    Arrays.fill(planPreemptions, PreemptionStats.NONE);
    lastStepNanos = clock.getAsLong();
    snapshot = takeSnapshot(clock.getAsLong());
  }

  /**
   * Scheduler and cache after the last step; state and numWaiting are the caller's to correct. Any
   * thread.
   */
  EngineSnapshot snapshot() {
    return snapshot;
  }

  /** Whether the thread waits for work, so that an old heartbeat is no bad sign. Any thread. */
  boolean isParked() {
    return isParked;
  }

  @Override
  public void run() {
    EngineState finalState = EngineState.STOPPED;
    try {
      loop();
    } catch (Throwable failure) {
      finalState = EngineState.FAILED;
      LOG.error(
          "engine failed state=FAILED step={} running={} waiting={} free_blocks={} num_blocks={}",
          numSteps,
          scheduler.numRunning(),
          scheduler.numWaiting(),
          kv.numFreeBlocks(),
          kv.numBlocks(),
          failure);
    }
    // From here on the scheduler's books may be wrong and are not used.
    endLiveStreams(finalState);
    listener.onTerminated(finalState);
    runner.close();
  }

  private void loop() throws InterruptedException {
    boolean isOpen = true;
    while (isOpen) {
      boolean isBusy = scheduler.hasRequests() || numInFlight() > 0;
      Command command = isBusy ? commands.poll() : awaitCommand();
      while (command != null) {
        isOpen = execute(command);
        // What comes after Close stays queued, to be ended by whoever queued it.
        command = isOpen ? commands.poll() : null;
      }
      if (isOpen) {
        step();
      }
    }
  }

  private Command awaitCommand() throws InterruptedException {
    isParked = true;
    Command command = commands.take();
    isParked = false;
    return command;
  }

  /** False when there will be no further step. */
  private boolean execute(Command command) {
    return switch (command) {
      case Command.Add(EventStream stream) -> {
        liveStreams.add(stream);
        scheduler.add(stream.request());
        yield true;
      }
      case Command.End(EventStream stream, FinishReason reason) -> {
        scheduler.end(stream.request(), reason);
        yield true;
      }
      case Command.ResetPrefixCache(var pending) -> {
        resetPrefixCache(pending.getAndSet(null));
        yield true;
      }
      case Command.Close() -> {
        scheduler.abortAll();
        yield false;
      }
    };
  }

  private void resetPrefixCache(@Nullable CompletableFuture<Boolean> done) {
    boolean isEmpty = kv.resetPrefixCache();
    LOG.info("prefix cache reset cached_blocks={}", kv.numCachedBlocks());
    if (done != null) {
      // Not on this thread: what the caller hung on it may block.
      done.completeAsync(() -> isEmpty);
    }
  }

  private int numInFlight() {
    return (int) (numLaunched - numSteps);
  }

  private void step() {
    boolean isLaunched = launchStep();
    if (numInFlight() == plans.length || (numInFlight() > 0 && !isLaunched)) {
      completeStep();
    }
  }

  /** False if there is nothing to compute, or nothing until a step in flight is done. */
  private boolean launchStep() {
    long nowNanos = clock.getAsLong();
    int place = (int) (numLaunched % plans.length);
    PreemptionStats preemptionsBefore = scheduler.preemptionStats();
    scheduler.expire(nowNanos);
    scheduler.schedule(plans[place], nowNanos);
    if (plans[place].numSequences() == 0) {
      publish(numInFlight() > 0 ? lastStepNanos : nowNanos);
      return false;
    }
    planNanos[place] = nowNanos;
    planPreemptions[place] = scheduler.preemptionStats().since(preemptionsBefore);
    runner.launch(plans[place]);
    numLaunched++;
    return true;
  }

  /** Waits for the oldest step in flight and applies it. */
  private void completeStep() {
    int place = (int) (numSteps % plans.length);
    StepResult result = runner.await();
    long nowNanos = clock.getAsLong();
    long promptTokensBefore = scheduler.totals().numPrompt();
    long outputTokensBefore = scheduler.totals().numOutput();
    long durationNanos = nowNanos - Math.max(planNanos[place], lastStepNanos);
    scheduler.observe(plans[place], result, durationNanos);
    scheduler.apply(plans[place], result, nowNanos);
    numSteps++;
    observeTokens(plans[place], nowNanos);
    int numPromptTokens = numScheduledPromptTokens(plans[place]);
    observer.onStep(
        new EngineObserver.StepStats(
            plans[place].numSequences(),
            (int) (scheduler.totals().numPrompt() - promptTokensBefore),
            (int) (scheduler.totals().numOutput() - outputTokensBefore),
            numPromptTokens,
            plans[place].numTokens() - numPromptTokens,
            planPreemptions[place],
            scheduler.numRunning(),
            scheduler.numWaiting(),
            kv.usage(),
            durationNanos));
    lastStepNanos = nowNanos;
    publish(nowNanos);
  }

  /** After the step was applied. */
  private void observeTokens(StepPlan plan, long nowNanos) {
    for (int i = 0; i < plan.numSequences(); i++) {
      RequestState request = plan.request(i);
      if (plan.isSampled(i) && request.hasFirstTokenAt(nowNanos)) {
        observer.onFirstToken(request.submitted(), nowNanos - request.receivedNanos());
      } else if (plan.isSampled(i) && request.nanosBetweenTokens(nowNanos) > 0) {
        observer.onNextTokens(request.nanosBetweenTokens(nowNanos));
      }
    }
  }

  private static int numScheduledPromptTokens(StepPlan plan) {
    int sum = 0;
    for (int i = 0; i < plan.numSequences(); i++) {
      int promptLeft = plan.request(i).numPromptTokens() - plan.startPosition(i);
      sum += Math.clamp(promptLeft, 0, plan.numScheduledTokens(i));
    }
    return sum;
  }

  private void publish(long heartbeatNanos) {
    snapshot = takeSnapshot(heartbeatNanos);
    listener.onSnapshot();
  }

  private EngineSnapshot takeSnapshot(long nowNanos) {
    TokenTotals totals = scheduler.totals();
    return new EngineSnapshot(
        EngineState.READY,
        scheduler.numRunning(),
        scheduler.numWaiting(),
        kv.numFreeBlocks(),
        kv.numBlocks(),
        kv.usage(),
        numSteps,
        scheduler.preemptionStats(),
        totals.numPrompt(),
        totals.numCachedPrompt(),
        totals.numOutput(),
        totals.numPrefixQuery(),
        totals.numPrefixHit(),
        scheduler.speculationStats(),
        new QueueSnapshot(scheduler.numHeld(), scheduler.oldestWaitingNanos(), 0, 0),
        new SwapSnapshot(
            kv.numSwapBlocks(), kv.numSwapBlocks() - kv.numFreeSwapBlocks(), kv.numParked()),
        nowNanos);
  }

  /** Called by the streams' owner when one of them ends, on this thread. */
  void onFinished(EventStream stream, TokenEvent.Finished finished) {
    boolean isRunning = liveStreams.remove(stream);
    // Not while failing: the observer may be what failed, and every stream has to be ended.
    if (isRunning) {
      observer.onFinished(finished.reason(), stream.request().submitted(), finished.stats());
    }
  }

  private void endLiveStreams(EngineState finalState) {
    // First: who hears of the failure must not find the engine well.
    snapshot = snapshot.ended(finalState);
    List<EventStream> ended = List.copyOf(liveStreams);
    liveStreams.clear();
    for (EventStream stream : ended) {
      stream.onFinished(ending(stream, finalState));
    }
  }

  /** How a request ends that the engine could not run to its end. */
  static TokenEvent.Finished ending(EventStream stream, EngineState finalState) {
    boolean hasFailed = finalState == EngineState.FAILED;
    @Nullable ServingException failure =
        hasFailed
            ? new ServingException(
                ErrorCode.INTERNAL, "the engine failed while the request ran; see the server's log")
            : null;
    FinishReason reason = hasFailed ? FinishReason.ERROR : FinishReason.ABORT;
    return new TokenEvent.Finished(reason, -1, false, failure, stream.request().stats());
  }
}
