package dev.gatun.engine.sched;

import dev.gatun.engine.api.EngineLimits;

/**
 * What a scheduler is made with, fixed at start.
 *
 * @param limits bounds of the engine
 * @param longPrefillTokenThreshold most scheduled tokens of one request in a step; 0 for no bound
 *     of its own
 * @param maxScoredRows rows of logits per step beside those that all sequences may need to sample;
 *     with what these leave they go to prompts whose logprobs were asked for. Bounds the logits
 *     buffer, not the prompt
 * @param eosTokenIds the model's end-of-sequence tokens
 * @param preemption order of requests, how full the pool is made, swap space
 * @param enablePrefixCaching whether full blocks are kept for requests that start the same
 * @param kvFingerprint tells KV of this model, element type and layout from any other; part of
 *     every block hash
 * @param maxStepsInFlight 2 to plan and deliver while a step computes, 1 for one after the other
 * @param speculation drafts to verify; needs each step's tokens before the next one is planned, so
 *     it goes with one step in flight only
 */
public record SchedulerConfig(
    EngineLimits limits,
    int longPrefillTokenThreshold,
    int maxScoredRows,
    int[] eosTokenIds,
    PreemptionConfig preemption,
    boolean enablePrefixCaching,
    byte[] kvFingerprint,
    int maxStepsInFlight,
    Speculation speculation) {

  /** Rows beside those of sampling, unless configured: 10 MiB of logits for a 150k vocabulary. */
  public static final int DEFAULT_MAX_SCORED_ROWS = 16;

  public SchedulerConfig {
    check(limits.maxModelLen() >= 1, "max-model-len", limits.maxModelLen());
    check(limits.maxNumSeqs() >= 1, "max-num-seqs", limits.maxNumSeqs());
    check(
        limits.maxNumBatchedTokens() >= 1, "max-num-batched-tokens", limits.maxNumBatchedTokens());
    check(limits.blockSize() >= 1, "block-size", limits.blockSize());
    check(limits.numBlocks() >= 1, "number of KV blocks", limits.numBlocks());
    check(limits.maxQueuedRequests() >= 1, "max queued requests", limits.maxQueuedRequests());
    check(limits.vocabSize() >= 1, "vocabulary size", limits.vocabSize());
    check(limits.maxLogprobs() >= 0, "max-logprobs", limits.maxLogprobs());
    check(
        longPrefillTokenThreshold >= 0, "long-prefill-token-threshold", longPrefillTokenThreshold);
    check(maxScoredRows >= 1, "scored rows per step", maxScoredRows);
    check(maxStepsInFlight >= 1, "steps in flight", maxStepsInFlight);
    if (maxStepsInFlight > 2 || (maxStepsInFlight > 1 && speculation.isEnabled())) {
      throw new IllegalArgumentException(
          "%d steps in flight with %d speculative tokens"
              .formatted(maxStepsInFlight, speculation.numSpeculativeTokens()));
    }
    eosTokenIds = eosTokenIds.clone();
    kvFingerprint = kvFingerprint.clone();
  }

  /** With prefix caching, which stays inside this process as the fingerprint is empty. */
  public SchedulerConfig(
      EngineLimits limits, int longPrefillTokenThreshold, int maxScoredRows, int[] eosTokenIds) {
    this(
        limits,
        longPrefillTokenThreshold,
        maxScoredRows,
        eosTokenIds,
        PreemptionConfig.DEFAULT,
        true,
        new byte[0],
        1,
        Speculation.NONE);
  }

  private static void check(boolean condition, String what, int value) {
    if (!condition) {
      throw new IllegalArgumentException(what + " is " + value + ", too small");
    }
  }

  /** Without a threshold, with the default number of scored rows and with prefix caching. */
  public static SchedulerConfig of(EngineLimits limits, int... eosTokenIds) {
    return new SchedulerConfig(limits, 0, DEFAULT_MAX_SCORED_ROWS, eosTokenIds);
  }

  /** The same with prefix caching on or off. */
  public SchedulerConfig withPrefixCaching(boolean isEnabled, byte[] fingerprint) {
    return new SchedulerConfig(
        limits,
        longPrefillTokenThreshold,
        maxScoredRows,
        eosTokenIds,
        preemption,
        isEnabled,
        fingerprint,
        maxStepsInFlight,
        speculation);
  }

  /** The same with another order, bound of the forecast or swap space. */
  public SchedulerConfig withPreemption(PreemptionConfig other) {
    return new SchedulerConfig(
        limits,
        longPrefillTokenThreshold,
        maxScoredRows,
        eosTokenIds,
        other,
        enablePrefixCaching,
        kvFingerprint,
        maxStepsInFlight,
        speculation);
  }

  /** The same with so many steps in flight. */
  public SchedulerConfig withStepsInFlight(int numSteps) {
    return new SchedulerConfig(
        limits,
        longPrefillTokenThreshold,
        maxScoredRows,
        eosTokenIds,
        preemption,
        enablePrefixCaching,
        kvFingerprint,
        numSteps,
        speculation);
  }

  /** The same with speculative decoding, and so with one step in flight. */
  public SchedulerConfig withSpeculation(Speculation drafts) {
    return new SchedulerConfig(
        limits,
        longPrefillTokenThreshold,
        maxScoredRows,
        eosTokenIds,
        preemption,
        enablePrefixCaching,
        kvFingerprint,
        drafts.isEnabled() ? 1 : maxStepsInFlight,
        drafts);
  }

  /**
   * Rows for which logits may be computed in one step: one per sequence, those of its drafts, and
   * the scored ones.
   */
  public int maxLogitRows() {
    return limits.maxNumSeqs() * logitRowsPerSequence() + maxScoredRows;
  }

  /** Of a sequence that samples. */
  int logitRowsPerSequence() {
    return 1 + speculation.numSpeculativeTokens();
  }
}
