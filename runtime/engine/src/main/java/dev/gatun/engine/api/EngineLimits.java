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
 * @param maxQueuedTokens prompt tokens of the requests whose first token is still to come; more are
 *     refused with OVERLOADED, unless the request would be the only one
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
    int maxQueuedTokens,
    int vocabSize,
    int maxLogprobs) {

  /** Without a bound on queued tokens. */
  public EngineLimits(
      int maxModelLen,
      int maxNumSeqs,
      int maxNumBatchedTokens,
      int blockSize,
      int numBlocks,
      int maxQueuedRequests,
      int vocabSize,
      int maxLogprobs) {
    this(
        maxModelLen,
        maxNumSeqs,
        maxNumBatchedTokens,
        blockSize,
        numBlocks,
        maxQueuedRequests,
        Integer.MAX_VALUE,
        vocabSize,
        maxLogprobs);
  }
}
