package dev.gatun.model.spec;

/**
 * What weights that are stored as floats become while they are loaded. The rules, and what they
 * cost in perplexity, stand in {@code runtime/docs/adr/0008-quantisation.md}.
 */
public enum WeightRounding {
  /** Weights are used as they are stored. */
  NONE,
  /** Every linear layer in 8 bits. */
  INT8,
  /** 4 bits where a model bears it, 8 elsewhere. */
  INT4,
  /** Every linear layer but the head in 8-bit floats, as checkpoints of that format are. */
  FP8
}
