package dev.gatun.tensor;

/**
 * What a {@link TokenSampler} claims memory for.
 *
 * @param maxRows rows of one step
 * @param vocabSize logits of a row
 * @param maxMasks rows of one step that have a mask
 * @param maxListEntries shifted tokens, and as many counted ones, of all rows of a step
 * @param maxTop likeliest tokens that are reported with a row
 */
public record SampleLimits(
    int maxRows, int vocabSize, int maxMasks, int maxListEntries, int maxTop) {

  /** Words of a mask. */
  public int maskWords() {
    return Math.ceilDiv(vocabSize, Long.SIZE);
  }
}
