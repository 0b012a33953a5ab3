package dev.gatun.engine.runner;

import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.sample.Sampler;

/** Where the rows of logits of a step are turned into tokens and log-probabilities. */
interface LogitRows {
  /** No token can be chosen: everything is masked. */
  int NO_TOKEN = Sampler.NO_TOKEN;

  /** The row holds NaN, positive infinity or nothing finite. */
  int UNSOUND = -2;

  /**
   * The token at this position of sequence i of the plan, chosen by a row's logits.
   *
   * @return a token, {@link #NO_TOKEN} or {@link #UNSOUND}
   */
  int sample(StepWork work, int i, int row, int position);

  /** Whether the row's logits are finite numbers. */
  boolean isSound(int row);

  /**
   * Scores a token by the logits of a row that was found sound last, or gave the token.
   *
   * @param numTop how many of the likeliest
   */
  TokenLogprobs score(int row, int tokenId, int numTop);
}
