package dev.gatun.engine.sched;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * What a step computed, parallel to the sequences of its {@link StepPlan}. Reused from step to
 * step, filled by the runner, read by the scheduler. A sequence that failed carries the reason; the
 * others are not touched by that.
 */
public final class StepResult {
  private final int maxTokens;
  private final int[] numTokens;
  private final int[] tokenIds;
  private final @Nullable TokenLogprobs[] logprobs;
  private final TokenLogprobs[] @Nullable [] promptLogprobs;
  private final boolean[] hasEnded;
  private final @Nullable ServingException[] failures;
  private long copyNanos;

  /** For plans without drafts. */
  public StepResult(int maxNumSeqs) {
    this(maxNumSeqs, 0);
  }

  /**
   * An empty result.
   *
   * @param maxDrafts draft tokens of one sequence; one more token may come out than went in
   */
  public StepResult(int maxNumSeqs, int maxDrafts) {
    maxTokens = maxDrafts + 1;
    numTokens = new int[maxNumSeqs];
    tokenIds = new int[maxNumSeqs * maxTokens];
    logprobs = new TokenLogprobs[maxNumSeqs * maxTokens];
    promptLogprobs = new TokenLogprobs[maxNumSeqs][];
    hasEnded = new boolean[maxNumSeqs];
    failures = new ServingException[maxNumSeqs];
  }

  /** Forgets what the first {@code numSequences} entries held. */
  public void clear(int numSequences) {
    copyNanos = 0;
    for (int i = 0; i < numSequences; i++) {
      for (int k = 0; k < numTokens[i]; k++) {
        logprobs[i * maxTokens + k] = null;
      }
      numTokens[i] = 0;
      promptLogprobs[i] = null;
      hasEnded[i] = false;
      failures[i] = null;
    }
  }

  /**
   * The next output token of a sampled sequence; logprobs if it asked for them. A sequence with
   * drafts gets one token per accepted draft and one more.
   */
  public void addToken(int i, int tokenId, @Nullable TokenLogprobs tokenLogprobs) {
    int at = i * maxTokens + numTokens[i]++;
    tokenIds[at] = tokenId;
    logprobs[at] = tokenLogprobs;
  }

  /** One entry per scored row of the sequence, in order. */
  public void setPromptLogprobs(int i, TokenLogprobs[] rows) {
    promptLogprobs[i] = rows;
  }

  /** The output is complete with the last token that was added, or without any. */
  public void end(int i) {
    hasEnded[i] = true;
  }

  /** Ends this request alone, with INTERNAL. The message names what was found. */
  public void fail(int i, String message) {
    fail(i, new ServingException(ErrorCode.INTERNAL, message));
  }

  /** Ends this request alone. */
  public void fail(int i, ServingException failure) {
    failures[i] = failure;
  }

  public boolean hasFailed(int i) {
    return failures[i] != null;
  }

  /** How long the copies of the plan took. */
  public void setCopyNanos(long nanos) {
    copyNanos = nanos;
  }

  long copyNanos() {
    return copyNanos;
  }

  int numTokens(int i) {
    return numTokens[i];
  }

  /** Output token k of the step. */
  int tokenId(int i, int k) {
    return tokenIds[i * maxTokens + k];
  }

  @Nullable TokenLogprobs logprobs(int i, int k) {
    return logprobs[i * maxTokens + k];
  }

  TokenLogprobs @Nullable [] promptLogprobs(int i) {
    return promptLogprobs[i];
  }

  boolean hasEnded(int i) {
    return hasEnded[i];
  }

  @Nullable ServingException failure(int i) {
    return failures[i];
  }
}
