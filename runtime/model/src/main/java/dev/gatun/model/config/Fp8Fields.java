package dev.gatun.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.model.spec.Fp8Quantization;
import dev.gatun.model.spec.QuantizationSpec;
import dev.gatun.tensor.PackedBlock;
import java.util.List;

/**
 * Reads what {@code quantization_config} says of weights in 8-bit floats: {@code quant_method: fp8}
 * and the float-quantized format of compressed-tensors. How inputs were rounded when the checkpoint
 * was made is checked to be known and else does not matter: a backend that rounds them finds scales
 * of its own, for each token or finer, in place of fixed ones ({@code input_scale}).
 */
final class Fp8Fields {
  private Fp8Fields() {}

  /** As transformers writes it, with scales per block or per tensor. */
  static QuantizationSpec huggingFace(JsonFields fields) {
    QuantizationFields.requireText(fields, "fmt", "e4m3");
    String scheme = fields.optionalString("activation_scheme", "dynamic");
    if (!List.of("dynamic", "static").contains(scheme)) {
      throw fields.refused("activation_scheme", scheme, "dynamic or static");
    }
    return fields.node("weight_block_size") == null
        ? Fp8Quantization.perTensor("fp8")
        : blocks("fp8", fields, "weight_block_size");
  }

  /**
   * A group of layers of compressed-tensors.
   *
   * @param weights its field {@code weights}
   */
  static QuantizationSpec compressed(String method, JsonFields group, JsonFields weights) {
    QuantizationFields.requireText(weights, "type", "float");
    QuantizationFields.require(weights, "num_bits", 8);
    QuantizationFields.require(weights, "symmetric", true);
    QuantizationFields.require(weights, "dynamic", false);
    checkInputs(group);
    String strategy = weights.optionalString("strategy", "unknown");
    return switch (strategy) {
      case "tensor" -> Fp8Quantization.perTensor(method);
      case "channel" -> Fp8Quantization.perFeature(method);
      case "block" -> blocks(method, weights, "block_structure");
      default -> throw weights.refused("strategy", strategy, "tensor, channel or block");
    };
  }

  private static void checkInputs(JsonFields group) {
    QuantizationFields.requireNone(group, "output_activations");
    JsonFields inputs = group.object("input_activations");
    if (inputs != null) {
      QuantizationFields.requireText(inputs, "type", "float");
      QuantizationFields.require(inputs, "num_bits", 8);
      QuantizationFields.require(inputs, "symmetric", true);
    }
  }

  /** Two numbers: features and columns that share a scale. */
  private static QuantizationSpec blocks(String method, JsonFields fields, String name) {
    JsonNode size = fields.node(name);
    int rows = 0;
    int columns = 0;
    if (size != null && size.isArray() && size.size() == 2) {
      rows = size.get(0).asInt(0);
      columns = size.get(1).asInt(0);
    }
    if (rows < 1 || !PackedBlock.GROUP_SIZES.contains(columns)) {
      throw fields.refused(
          name, String.valueOf(size), "[rows, columns], columns of " + PackedBlock.GROUP_SIZES);
    }
    return new Fp8Quantization(method, rows, columns);
  }
}
