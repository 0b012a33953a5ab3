package dev.gatun.model.golden;

/**
 * Hidden state of the last token after the final norm.
 *
 * @param raw as computed, {@code [hiddenSize]}
 * @param normalized divided by its Euclidean length
 */
public record GoldenEmbedding(int[] ids, float[] raw, float[] normalized) {}
