package dev.gatun.engine.api;

import java.util.Optional;
import java.util.OptionalLong;

/** Collects {@link SamplingParams}; each field starts at vLLM's default. Not thread-safe. */
public final class SamplingParamsBuilder {
  private float temperature = 1;
  private float topP = 1;
  private int topK;
  private float minP;
  private float presencePenalty;
  private float frequencyPenalty;
  private float repetitionPenalty = 1;
  private OptionalLong seed = OptionalLong.empty();
  private int maxTokens = 16;
  private int minTokens;
  private boolean ignoreEos;
  private int[] stopTokenIds = {};
  private int logprobs = -1;
  private int promptLogprobs = -1;
  private TokenRules tokenRules = TokenRules.NONE;
  private Optional<TokenConstraint> constraint = Optional.empty();

  SamplingParamsBuilder() {}

  public SamplingParamsBuilder temperature(float value) {
    temperature = value;
    return this;
  }

  public SamplingParamsBuilder topP(float value) {
    topP = value;
    return this;
  }

  public SamplingParamsBuilder topK(int value) {
    topK = value;
    return this;
  }

  public SamplingParamsBuilder minP(float value) {
    minP = value;
    return this;
  }

  public SamplingParamsBuilder presencePenalty(float value) {
    presencePenalty = value;
    return this;
  }

  public SamplingParamsBuilder frequencyPenalty(float value) {
    frequencyPenalty = value;
    return this;
  }

  public SamplingParamsBuilder repetitionPenalty(float value) {
    repetitionPenalty = value;
    return this;
  }

  public SamplingParamsBuilder seed(long value) {
    seed = OptionalLong.of(value);
    return this;
  }

  public SamplingParamsBuilder maxTokens(int value) {
    maxTokens = value;
    return this;
  }

  public SamplingParamsBuilder minTokens(int value) {
    minTokens = value;
    return this;
  }

  public SamplingParamsBuilder ignoreEos(boolean value) {
    ignoreEos = value;
    return this;
  }

  public SamplingParamsBuilder stopTokenIds(int... value) {
    stopTokenIds = value.clone();
    return this;
  }

  public SamplingParamsBuilder logprobs(int value) {
    logprobs = value;
    return this;
  }

  public SamplingParamsBuilder promptLogprobs(int value) {
    promptLogprobs = value;
    return this;
  }

  public SamplingParamsBuilder tokenRules(TokenRules value) {
    tokenRules = value;
    return this;
  }

  public SamplingParamsBuilder constraint(TokenConstraint value) {
    constraint = Optional.of(value);
    return this;
  }

  /**
   * Validates.
   *
   * @throws ServingException INVALID_ARGUMENT naming the field, the value and the range
   */
  public SamplingParams build() {
    return new SamplingParams(
        temperature,
        topP,
        topK,
        minP,
        presencePenalty,
        frequencyPenalty,
        repetitionPenalty,
        seed,
        maxTokens,
        minTokens,
        ignoreEos,
        stopTokenIds,
        logprobs,
        promptLogprobs,
        tokenRules,
        constraint);
  }
}
