package dev.gatun.engine.api;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * How output tokens are chosen; names and ranges are vLLM's. Immutable and validated on
 * construction.
 *
 * @param temperature >= 0; below 1e-5 is greedy and resets topP, topK and minP
 * @param topP (0, 1]
 * @param topK >= 0; 0 keeps all
 * @param minP [0, 1]; relative to the likeliest token
 * @param presencePenalty [-2, 2]
 * @param frequencyPenalty [-2, 2]
 * @param repetitionPenalty > 0; over prompt and output
 * @param seed own generator of this request; empty draws one
 * @param maxTokens output tokens, >= 1 (0 only to score a prompt)
 * @param minTokens no stop before this many output tokens
 * @param ignoreEos end-of-sequence tokens do not stop; without effect under a constraint, which
 *     allows them only where its text is complete
 * @param stopTokenIds further tokens that stop
 * @param logprobs likeliest tokens reported per output token; -1 none, 0 the chosen one only
 * @param promptLogprobs the same for the prompt; -1 none
 * @param tokenRules allowed tokens, forbidden words and biases
 * @param constraint what the output has to match, empty for anything
 */
public record SamplingParams(
    float temperature,
    float topP,
    int topK,
    float minP,
    float presencePenalty,
    float frequencyPenalty,
    float repetitionPenalty,
    OptionalLong seed,
    int maxTokens,
    int minTokens,
    boolean ignoreEos,
    int[] stopTokenIds,
    int logprobs,
    int promptLogprobs,
    TokenRules tokenRules,
    Optional<TokenConstraint> constraint) {

  /** Below this temperature the likeliest token is taken. */
  public static final float GREEDY_BELOW = 1e-5f;

  /** Lowest temperature that is not greedy; smaller ones are raised to it, as vLLM does. */
  public static final float MIN_TEMPERATURE = 0.01f;

  /**
   * Validates and normalises.
   *
   * @throws ServingException INVALID_ARGUMENT naming the field, the value and the range
   */
  public SamplingParams {
    check(
        temperature >= 0 && temperature < Float.POSITIVE_INFINITY,
        "temperature",
        temperature,
        ">= 0");
    check(topP > 0 && topP <= 1, "top_p", topP, "in (0, 1]");
    check(topK >= -1, "top_k", topK, ">= 1, or 0 or -1 for all");
    check(minP >= 0 && minP <= 1, "min_p", minP, "in [0, 1]");
    check(Math.abs(presencePenalty) <= 2, "presence_penalty", presencePenalty, "in [-2, 2]");
    check(Math.abs(frequencyPenalty) <= 2, "frequency_penalty", frequencyPenalty, "in [-2, 2]");
    check(
        repetitionPenalty > 0 && repetitionPenalty < Float.POSITIVE_INFINITY,
        "repetition_penalty",
        repetitionPenalty,
        "> 0");
    check(maxTokens >= 0, "max_tokens", maxTokens, ">= 0");
    check(
        minTokens >= 0 && minTokens <= maxTokens,
        "min_tokens",
        minTokens,
        "in [0, max_tokens = " + maxTokens + "]");
    check(logprobs >= -1, "logprobs", logprobs, ">= 0");
    check(promptLogprobs >= -1, "prompt_logprobs", promptLogprobs, ">= 0");
    stopTokenIds = stopTokenIds.clone();
    topK = Math.max(topK, 0);
    if (temperature < GREEDY_BELOW) {
      temperature = 0;
      topP = 1;
      topK = 0;
      minP = 0;
    } else {
      temperature = Math.max(temperature, MIN_TEMPERATURE);
    }
  }

  private static void check(boolean condition, String field, Object value, String range) {
    if (!condition) {
      throw ServingException.invalidField(field, field + " is " + value + ", must be " + range);
    }
  }

  public boolean isGreedy() {
    return temperature == 0;
  }

  /** Whether an end-of-sequence token of the model stops the request. */
  public boolean stopsAtEndOfSequence() {
    return !ignoreEos || constraint.isPresent();
  }

  /** Starts from vLLM's defaults: temperature 1, no filters, no penalties, 16 tokens. */
  public static SamplingParamsBuilder builder() {
    return new SamplingParamsBuilder();
  }
}
