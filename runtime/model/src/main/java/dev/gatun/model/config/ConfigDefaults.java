package dev.gatun.model.config;

import java.util.OptionalInt;

/**
 * What transformers' configuration class of an architecture says where config.json is silent.
 *
 * @param maxPositionEmbeddings if absent
 * @param numKvHeads if absent; empty for numHeads. An explicit null always means numHeads
 * @param headDim if absent; empty for hiddenSize / numHeads. So does an explicit null
 * @param windowRule how the window is found
 */
public record ConfigDefaults(
    int maxPositionEmbeddings, OptionalInt numKvHeads, OptionalInt headDim, WindowRule windowRule) {

  /** Where an architecture's sliding window stands. */
  public enum WindowRule {
    /** The architecture has none, whatever config.json says. */
    NONE,
    /** sliding_window (4096 if absent, null for none) holds in every layer. */
    EVERY_LAYER,
    /** sliding_window holds from layer max_window_layers on if use_sliding_window is true. */
    SWITCHED
  }
}
