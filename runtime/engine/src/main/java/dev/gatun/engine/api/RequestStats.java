package dev.gatun.engine.api;

/**
 * Counts and times of one finished request. Times are System.nanoTime values of the engine's clock;
 * 0 where the request never got that far.
 *
 * @param numCachedTokens prompt tokens served by the prefix cache when the request first ran, a
 *     multiple of the block size; what a preempted request gets back is not counted
 * @param numPreemptions how often it was preempted
 */
public record RequestStats(
    int numPromptTokens,
    int numOutputTokens,
    int numCachedTokens,
    int numPreemptions,
    long arrivalNanos,
    long firstScheduledNanos,
    long firstTokenNanos,
    long lastTokenNanos) {}
