package dev.gatun.engine.sched;

import dev.gatun.engine.api.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * What a step computed, parallel to the sequences of its {@link StepPlan}. Reused from step to
 * step, filled by the runner, read by the scheduler. A sequence that failed carries a message; the
 * others are not touched by that.
 */
public final class StepResult {
  private final int[] tokenIds;
  private final @Nullable TokenLogprobs[] logprobs;
  private final TokenLogprobs[] @Nullable [] promptLogprobs;
  private final @Nullable String[] failures;

  public StepResult(int maxNumSeqs) {
    tokenIds = new int[maxNumSeqs];
    logprobs = new TokenLogprobs[maxNumSeqs];
    promptLogprobs = new TokenLogprobs[maxNumSeqs][];
    failures = new String[maxNumSeqs];
  }

  /** Forgets what the first {@code numSequences} entries held. */
  public void clear(int numSequences) {
    for (int i = 0; i < numSequences; i++) {
      tokenIds[i] = -1;
      logprobs[i] = null;
      promptLogprobs[i] = null;
      failures[i] = null;
    }
  }

  /** The next output token of a sampled sequence; logprobs if it asked for them. */
  public void setToken(int i, int tokenId, @Nullable TokenLogprobs tokenLogprobs) {
    tokenIds[i] = tokenId;
    logprobs[i] = tokenLogprobs;
  }

  /** One entry per scored row of the sequence, in order. */
  public void setPromptLogprobs(int i, TokenLogprobs[] rows) {
    promptLogprobs[i] = rows;
  }

  /** Ends this request alone, with INTERNAL. The message names what was found. */
  public void fail(int i, String message) {
    failures[i] = message;
  }

  int tokenId(int i) {
    return tokenIds[i];
  }

  @Nullable TokenLogprobs logprobs(int i) {
    return logprobs[i];
  }

  TokenLogprobs @Nullable [] promptLogprobs(int i) {
    return promptLogprobs[i];
  }

  @Nullable String failure(int i) {
    return failures[i];
  }
}
