package dev.gatun.engine.api;

/**
 * State and totals of an engine at one moment, cheap enough for every scrape and probe.
 *
 * @param numWaiting requests submitted and not running, preempted ones among them
 * @param kvUsage blocks referenced by live requests / blocks of the pool, 0 to 1
 * @param preemptions since start
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
    long numOutputTokens,
    long numPrefixQueryTokens,
    long numCachedTokens,
    SpeculationStats speculation,
    long heartbeatNanos) {

  /** Preemptions of either kind. */
  public long numPreemptions() {
    return preemptions.numPreemptions();
  }
}
