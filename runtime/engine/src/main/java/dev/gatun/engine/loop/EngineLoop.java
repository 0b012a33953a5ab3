package dev.gatun.engine.loop;

import dev.gatun.engine.api.Engine;
import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.kv.BlockHashes;
import dev.gatun.engine.kv.PrefixHasher;
import dev.gatun.engine.runner.ModelRunner;
import dev.gatun.engine.sched.RequestState;
import dev.gatun.engine.sched.SchedulerConfig;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine: admission on the callers' threads, everything else on one platform thread named
 * {@code gatun-engine}, reached through one bounded queue.
 */
public final class EngineLoop implements Engine {
  private static final Logger LOG = LoggerFactory.getLogger(EngineLoop.class);

  private final EngineLimits limits;
  private final Admission admission;
  private final QueueGate queue;

  /** Null without prefix caching. */
  private final @Nullable PrefixHasher prefixHasher;

  private final LongSupplier clock;
  private final LongSupplier seeds;
  private final BlockingQueue<Command> commands;
  private final EventStream.Owner streamOwner = new StreamOwner();
  private final EngineThread engineThread;
  private final Thread thread;

  private final AtomicBoolean isDraining = new AtomicBoolean();
  private final AtomicBoolean isClosing = new AtomicBoolean();

  /** STOPPED or FAILED once the engine thread is done: then nobody executes commands. */
  private volatile @Nullable EngineState finalState;

  /** The reset that is queued, if any: further callers wait for the same one. */
  private final AtomicReference<@Nullable CompletableFuture<Boolean>> pendingReset =
      new AtomicReference<>();

  private final Queue<Thread> idleWaiters = new ConcurrentLinkedQueue<>();

  private EngineLoop(
      SchedulerConfig config,
      ModelRunner runner,
      EngineObserver observer,
      LongSupplier clock,
      LongSupplier seeds) {
    this.limits = config.limits();
    this.admission = new Admission(limits);
    prefixHasher =
        config.enablePrefixCaching()
            ? new PrefixHasher(limits.blockSize(), config.kvFingerprint())
            : null;
    this.queue = new QueueGate(limits, clock, observer);
    this.clock = clock;
    this.seeds = seeds;
    this.commands = new LinkedBlockingQueue<>(maxCommands(limits));
    this.engineThread =
        new EngineThread(config, runner, observer, clock, commands, new ThreadListener());
    this.thread = Thread.ofPlatform().name("gatun-engine").daemon(true).unstarted(engineThread);
  }

  /**
   * Starts an engine and its thread.
   *
   * @param runner owned by the engine from here on: used and closed on its thread
   * @param clock nanoseconds on the scale of {@link GenerateRequest#deadlineNanos}; any thread
   * @param seeds draws a seed for each request that names none; any thread
   */
  public static EngineLoop start(
      SchedulerConfig config,
      ModelRunner runner,
      EngineObserver observer,
      LongSupplier clock,
      LongSupplier seeds) {
    EngineLoop engine = new EngineLoop(config, runner, observer, clock, seeds);
    engine.thread.start();
    LOG.info(
        "engine started max_model_len={} max_num_seqs={} max_num_batched_tokens={}"
            + " block_size={} num_blocks={} prefix_caching={} steps_in_flight={}"
            + " speculative_tokens={}",
        engine.limits.maxModelLen(),
        engine.limits.maxNumSeqs(),
        engine.limits.maxNumBatchedTokens(),
        engine.limits.blockSize(),
        engine.limits.numBlocks(),
        config.enablePrefixCaching(),
        config.maxStepsInFlight(),
        config.speculation().numSpeculativeTokens());
    return engine;
  }

  /**
   * Commands that can be queued between two looks of the engine thread: an Add per live request, an
   * Abort for each of them and for each of those that ended meanwhile, one ResetPrefixCache, and
   * one Close. The queue therefore never refuses.
   */
  private static int maxCommands(EngineLimits limits) {
    return (int) Math.min(Integer.MAX_VALUE, 3L * limits.maxQueuedRequests() + 2);
  }

  @Override
  public EngineLimits limits() {
    return limits;
  }

  @Override
  public void checkAdmission(int numRequests, int minPromptTokens, long deadlineNanos) {
    checkReady();
    admission.checkAtLeast(minPromptTokens);
    queue.check(numRequests, minPromptTokens, deadlineNanos, numRunning());
  }

  @Override
  public TokenStream submit(GenerateRequest request) {
    checkReady();
    admission.check(request);
    queue.enter(request.promptTokenIds().length, request.deadlineNanos(), numRunning());
    long seed = request.sampling().seed().orElseGet(seeds);
    long arrivalNanos = clock.getAsLong();
    BlockHashes hashes =
        prefixHasher == null
            ? BlockHashes.none()
            : prefixHasher.hash(
                "",
                request.cacheSalt(),
                request.promptTokenIds(),
                RequestState.numClaimedTokens(request.sampling().maxTokens()));
    EventStream stream = new EventStream(request, hashes, seed, arrivalNanos, streamOwner);
    commands.add(new Command.Add(stream));
    if (finalState != null) {
      endQueued();
    }
    return stream;
  }

  private int numRunning() {
    return engineThread.snapshot().numRunning();
  }

  private EngineState state() {
    EngineState ended = finalState;
    if (ended != null) {
      return ended;
    }
    // Known before the streams end, and so before the thread does.
    if (engineThread.snapshot().state() == EngineState.FAILED) {
      return EngineState.FAILED;
    }
    return isDraining.get() ? EngineState.DRAINING : EngineState.READY;
  }

  private void checkReady() {
    String reason =
        switch (state()) {
          case READY -> "";
          case DRAINING -> "the engine is draining and takes no new requests";
          case STOPPED -> "the engine is stopped";
          case FAILED -> "the engine has failed and must be restarted";
        };
    if (!reason.isEmpty()) {
      throw new ServingException(ErrorCode.UNAVAILABLE, reason);
    }
  }

  /** Ends what was queued too late for the engine thread. Each command is taken by one thread. */
  private void endQueued() {
    for (Command command = commands.poll(); command != null; command = commands.poll()) {
      switch (command) {
        case Command.Add(EventStream stream) ->
            stream.onFinished(EngineThread.ending(stream, state()));
        case Command.ResetPrefixCache(var pending) -> refuse(pending.getAndSet(null));
        case Command.End _, Command.Close _ -> {}
      }
    }
  }

  private static void refuse(@Nullable CompletableFuture<Boolean> reset) {
    if (reset != null) {
      reset.completeExceptionally(
          new ServingException(ErrorCode.UNAVAILABLE, "the engine has stopped"));
    }
  }

  @Override
  public CompletableFuture<Boolean> resetPrefixCache() {
    CompletableFuture<Boolean> reset = new CompletableFuture<>();
    CompletableFuture<Boolean> pending = pendingReset.compareAndExchange(null, reset);
    if (pending != null) {
      return pending.copy();
    }
    commands.add(new Command.ResetPrefixCache(pendingReset));
    if (finalState != null) {
      endQueued();
    }
    return reset.copy();
  }

  @Override
  public EngineSnapshot snapshot() {
    boolean isParked = engineThread.isParked();
    EngineSnapshot last = engineThread.snapshot();
    // Counted here, so that requests in the command queue are seen while a step takes long.
    int numWaiting = Math.max(0, queue.numRequests() - last.numRunning());
    return last.with(
        state(),
        numWaiting,
        last.queue().with(queue.predictedDelayNanos(last.numRunning()), queue.numTokens()),
        isParked ? clock.getAsLong() : last.heartbeatNanos());
  }

  @Override
  public void drain() {
    if (isDraining.compareAndSet(false, true)) {
      LOG.info("engine draining live_requests={}", queue.numRequests());
    }
  }

  @Override
  public boolean awaitIdle(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    Thread waiter = Thread.currentThread();
    idleWaiters.add(waiter);
    try {
      while (!isIdle()) {
        long remaining = deadline - System.nanoTime();
        if (remaining <= 0) {
          return false;
        }
        LockSupport.parkNanos(this, remaining);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return true;
    } finally {
      idleWaiters.remove(waiter);
    }
  }

  /** No request, and a snapshot that says so. */
  private boolean isIdle() {
    EngineSnapshot last = engineThread.snapshot();
    return queue.numRequests() == 0 && last.numRunning() == 0 && last.numWaiting() == 0;
  }

  private void wakeIdleWaiters() {
    if (!idleWaiters.isEmpty() && isIdle()) {
      idleWaiters.forEach(LockSupport::unpark);
    }
  }

  /** {@inheritDoc} Must not be called on the engine thread. */
  @Override
  public void close() {
    drain();
    if (isClosing.compareAndSet(false, true)) {
      commands.add(new Command.Close());
    }
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private final class StreamOwner implements EventStream.Owner {
    @Override
    public void onEndRequested(EventStream stream, FinishReason reason) {
      commands.add(new Command.End(stream, reason));
      if (finalState != null) {
        endQueued();
      }
    }

    @Override
    public void onPromptDone(EventStream stream) {
      queue.promptDone(stream.request().numPromptTokens());
    }

    @Override
    public void onFinished(EventStream stream, TokenEvent.Finished finished) {
      if (Thread.currentThread().equals(thread)) {
        engineThread.onFinished(stream, finished);
        if (finished.stats().firstScheduledNanos() != 0) {
          queue.placeLeft(numRunning());
        }
      }
      // Before the reader learns of the end: it may submit again at once.
      queue.leave();
    }
  }

  private final class ThreadListener implements EngineThread.Listener {
    @Override
    public void onSnapshot() {
      wakeIdleWaiters();
    }

    @Override
    public void onTerminated(EngineState state) {
      finalState = state;
      endQueued();
      wakeIdleWaiters();
      LOG.info("engine thread ended state={}", state);
    }
  }
}
