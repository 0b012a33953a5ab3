package dev.gatun.model.spec;

/** What the blocks of some models have and those of others do not. */
public enum BlockFeature {
  /** Biases on the q, k and v projections. */
  QKV_BIAS,
  /** A bias on the o projection. */
  OUTPUT_BIAS,
  /** Biases on the gate, up and down projections. */
  MLP_BIAS,
  /** q and k pass an RMS norm per head before rope. */
  QK_NORM
}
