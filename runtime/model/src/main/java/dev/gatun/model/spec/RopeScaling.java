package dev.gatun.model.spec;

/** How rope frequencies are stretched for sequences longer than those of pre-training. */
public sealed interface RopeScaling {

  /** Frequencies as they are: rope_type {@code default}. */
  record None() implements RopeScaling {}

  /** Every frequency divided by {@code factor}: rope_type {@code linear}. */
  record Linear(double factor) implements RopeScaling {}

  /**
   * Llama 3.1: short wavelengths kept, long ones divided by {@code factor}, between them a smooth
   * mixture: rope_type {@code llama3}.
   *
   * @param lowFreqFactor wavelengths above originalMaxPositions / lowFreqFactor are divided
   * @param highFreqFactor wavelengths below originalMaxPositions / highFreqFactor are kept; greater
   *     than lowFreqFactor
   * @param originalMaxPositions sequence length of pre-training, in tokens
   */
  record Llama3(
      double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
      implements RopeScaling {}
}
