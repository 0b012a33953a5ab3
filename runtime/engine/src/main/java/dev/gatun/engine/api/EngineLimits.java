package dev.gatun.engine.api;

/**
 * Bounds of an engine, fixed at start.
 *
 * @param maxModelLen prompt plus output tokens of one request
 * @param maxNumSeqs requests running at once
 * @param maxNumBatchedTokens scheduled tokens of one step
 * @param blockSize tokens per KV block
 * @param numBlocks blocks in the pool, without the null block
 * @param maxQueuedRequests running and waiting requests together; more are refused with OVERLOADED
 * @param vocabSize rows of the output head
 * @param maxLogprobs most likeliest tokens a request may ask for per position
 */
public record EngineLimits(
    int maxModelLen,
    int maxNumSeqs,
    int maxNumBatchedTokens,
    int blockSize,
    int numBlocks,
    int maxQueuedRequests,
    int vocabSize,
    int maxLogprobs) {}
