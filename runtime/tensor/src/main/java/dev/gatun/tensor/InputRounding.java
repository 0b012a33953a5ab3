package dev.gatun.tensor;

/**
 * What the inputs of a linear layer may be rounded to before they meet its weights, because whoever
 * quantised it did so when he tested it. A backend that has no use for that leaves them as they
 * are.
 */
public enum InputRounding {
  NONE,
  /** Signed bytes by a scale per token, found as they come. */
  INT8,
  /** {@link E4m3} floats by a scale per token or finer, found as they come. */
  FP8
}
