package dev.gatun.model.spec;

/**
 * How a checkpoint's linear layers are quantised, as its config.json says. Layers that are stored
 * as floats all the same (the head, modules left out) are told by their tensors.
 */
public sealed interface QuantizationSpec permits IntegerQuantization, Fp8Quantization {

  /** As in config.json, for messages. */
  String method();
}
