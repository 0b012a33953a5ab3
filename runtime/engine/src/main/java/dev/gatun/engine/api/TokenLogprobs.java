package dev.gatun.engine.api;

/**
 * Log-probabilities at one position, natural logarithm, taken from the raw logits before any
 * penalty or temperature.
 *
 * @param tokenId the token at this position
 * @param logprob its log-probability
 * @param rank 1 for the likeliest token
 * @param topIds ids of the likeliest tokens, descending; as many as were asked for
 * @param topLogprobs parallel to {@code topIds}
 */
public record TokenLogprobs(
    int tokenId, float logprob, int rank, int[] topIds, float[] topLogprobs) {}
