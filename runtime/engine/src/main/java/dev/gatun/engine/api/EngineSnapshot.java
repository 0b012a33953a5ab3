package dev.gatun.engine.api;

/**
 * State and totals of an engine at one moment, cheap enough for every scrape and probe.
 *
 * @param numWaiting requests submitted and not running, preempted ones among them
 * @param kvUsage blocks referenced by live requests / blocks of the pool, 0 to 1
 * @param preemptions since start
 * @param numPromptTokens of prompts that have been computed
 * @param numCachedPromptTokens those among them that the prefix cache served
 * @param numPrefixQueryTokens prompt tokens of requests that ran and might read the prefix cache
 * @param numCachedTokens those among them that it served
 * @param heartbeatNanos when the engine thread last finished a step, by the engine's clock; now
 *     while it waits for requests, so an old value means that a step hangs
 */
public record EngineSnapshot(
    EngineState state,
    int numRunning,
    int numWaiting,
    int numFreeBlocks,
    int numBlocks,
    double kvUsage,
    long numSteps,
    PreemptionStats preemptions,
    long numPromptTokens,
    long numCachedPromptTokens,
    long numOutputTokens,
    long numPrefixQueryTokens,
    long numCachedTokens,
    SpeculationStats speculation,
    QueueSnapshot queue,
    SwapSnapshot swap,
    long heartbeatNanos) {

  /** Of an engine that is not there yet. */
  public static final EngineSnapshot NONE = idle(EngineState.READY, 0, 0);

  /** Of an engine that has done nothing so far. */
  public static EngineSnapshot idle(EngineState state, int numBlocks, long heartbeatNanos) {
    return new EngineSnapshot(
        state,
        0,
        0,
        numBlocks,
        numBlocks,
        0,
        0,
        PreemptionStats.NONE,
        0,
        0,
        0,
        0,
        0,
        SpeculationStats.NONE,
        QueueSnapshot.EMPTY,
        SwapSnapshot.NONE,
        heartbeatNanos);
  }

  /** With what is known outside of the engine thread. */
  public EngineSnapshot with(
      EngineState newState, int newNumWaiting, QueueSnapshot newQueue, long newHeartbeatNanos) {
    return new EngineSnapshot(
        newState,
        numRunning,
        newNumWaiting,
        numFreeBlocks,
        numBlocks,
        kvUsage,
        numSteps,
        preemptions,
        numPromptTokens,
        numCachedPromptTokens,
        numOutputTokens,
        numPrefixQueryTokens,
        numCachedTokens,
        speculation,
        newQueue,
        swap,
        newHeartbeatNanos);
  }

  /** With the same totals and no request left. */
  public EngineSnapshot ended(EngineState finalState) {
    return new EngineSnapshot(
        finalState,
        0,
        0,
        numBlocks,
        numBlocks,
        0,
        numSteps,
        preemptions,
        numPromptTokens,
        numCachedPromptTokens,
        numOutputTokens,
        numPrefixQueryTokens,
        numCachedTokens,
        speculation,
        QueueSnapshot.EMPTY,
        new SwapSnapshot(swap.numBlocks(), 0, 0),
        heartbeatNanos);
  }

  /** Preemptions of either kind. */
  public long numPreemptions() {
    return preemptions.numPreemptions();
  }
}
