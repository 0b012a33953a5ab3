package dev.gatun.model.spec;

import dev.gatun.tensor.Activation;

/** Gated feed-forward of every block: down(activation(gate x) * up x). */
public record MlpSpec(int intermediateSize, Activation activation) {
  public MlpSpec {
    if (intermediateSize < 1) {
      throw new IllegalArgumentException("intermediateSize " + intermediateSize + " < 1");
    }
  }
}
