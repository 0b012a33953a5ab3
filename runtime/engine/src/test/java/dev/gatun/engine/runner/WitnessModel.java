package dev.gatun.engine.runner;

import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.sample.CounterRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A model whose next token is a hash of everything before it, so that one wrong token, position or
 * slot changes the rest of the text. Pure functions; {@link #alone} is the oracle.
 *
 * @param poisonEvery one in so many contexts is one the model cannot compute; 0 for none
 */
public record WitnessModel(int vocabSize, int poisonEvery, int... eosTokenIds) {

  static final long EMPTY = 0x5eedL;

  /** What the KV cache holds for a token. Depends on the position, as keys with rope do. */
  long content(int tokenId, int position) {
    return CounterRandom.bits(tokenId, position);
  }

  /** What attention makes of one more slot. Order matters. */
  long attend(long hash, long content) {
    return CounterRandom.bits(hash, content);
  }

  boolean isPoisoned(long hash) {
    return poisonEvery > 0 && Long.remainderUnsigned(hash, poisonEvery) == 0;
  }

  int nextToken(long hash, SamplingParams sampling, long seed, int outputIndex) {
    long draw = sampling.isGreedy() ? 0 : CounterRandom.bits(seed, outputIndex);
    return (int) Long.remainderUnsigned(CounterRandom.bits(hash, draw), vocabSize);
  }

  TokenLogprobs score(long hash, int tokenId) {
    float logprob = -(float) Long.remainderUnsigned(hash, 1000);
    return new TokenLogprobs(tokenId, logprob, 1, new int[0], new float[0]);
  }

  /** Scores and tokens of a request that has the machine to itself. */
  public Answer alone(int[] prompt, SamplingParams sampling, long seed, int maxModelLen) {
    long hash = EMPTY;
    List<Float> scores = new ArrayList<>();
    for (int i = 0; i < prompt.length; i++) {
      hash = attend(hash, content(prompt[i], i));
      if (sampling.promptLogprobs() >= 0 && i + 1 < prompt.length) {
        scores.add(score(hash, prompt[i + 1]).logprob());
      }
    }
    List<Integer> tokens = new ArrayList<>();
    FinishReason reason = sampling.maxTokens() == 0 ? FinishReason.LENGTH : null;
    while (reason == null) {
      if (isPoisoned(hash)) {
        reason = FinishReason.ERROR;
        break;
      }
      int token = nextToken(hash, sampling, seed, tokens.size());
      tokens.add(token);
      reason = finish(sampling, tokens.size(), token, prompt.length + tokens.size() >= maxModelLen);
      hash = attend(hash, content(token, prompt.length + tokens.size() - 1));
    }
    return new Answer(scores, tokens, reason);
  }

  private FinishReason finish(
      SamplingParams sampling, int numOutput, int token, boolean isContextFull) {
    boolean isEos = Arrays.stream(eosTokenIds).anyMatch(id -> id == token);
    boolean isStop = Arrays.stream(sampling.stopTokenIds()).anyMatch(id -> id == token);
    if (numOutput < sampling.minTokens()) {
      return null;
    }
    if ((isEos && !sampling.ignoreEos()) || isStop) {
      return FinishReason.STOP;
    }
    return isContextFull || numOutput == sampling.maxTokens() ? FinishReason.LENGTH : null;
  }

  /**
   * The expected output.
   *
   * @param promptScores log-probability of each prompt token but the first, if asked for
   */
  public record Answer(List<Float> promptScores, List<Integer> tokens, FinishReason reason) {}
}
