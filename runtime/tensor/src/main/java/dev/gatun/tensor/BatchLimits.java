package dev.gatun.tensor;

/**
 * Largest step a batch can hold; everything sized by it is allocated once.
 *
 * @param maxTokens scheduled tokens of all sequences of a step
 * @param maxSequences sequences of a step
 * @param maxBlocksPerSequence length of the longest block table
 * @param maxLogitRows rows for which logits are computed in one step
 */
public record BatchLimits(
    int maxTokens, int maxSequences, int maxBlocksPerSequence, int maxLogitRows) {
  public BatchLimits {
    if (maxTokens < 1 || maxSequences < 1 || maxBlocksPerSequence < 1 || maxLogitRows < 1) {
      throw new IllegalArgumentException("batch limits must be at least 1");
    }
  }
}
