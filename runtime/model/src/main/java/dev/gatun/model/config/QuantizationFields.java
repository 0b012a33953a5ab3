package dev.gatun.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.model.spec.IntegerQuantization;
import dev.gatun.model.spec.QuantizationSpec;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.PackedLayout;
import dev.gatun.tensor.WeightFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code quantization_config} of config.json: AWQ, GPTQ, compressed-tensors and fp8. A
 * combination that no kernel is there for is refused by the field that asks for it.
 */
final class QuantizationFields {
  private static final List<String> NAMES = List.of("quantization_config", "compression_config");
  private static final List<String> METHODS = List.of("awq", "gptq", "compressed-tensors", "fp8");

  /** Sizes that checkpoints use and kernels are tested with. */
  private static final List<Integer> GROUP_SIZES =
      List.of(IntegerQuantization.WHOLE_ROW, 32, 64, 128);

  private static final String GROUP_SIZE_WORDS = "32, 64, 128 or -1";

  private QuantizationFields() {}

  /** The quantisation of a checkpoint; empty if its weights are floats. */
  static Optional<QuantizationSpec> read(JsonFields root) {
    for (String name : NAMES) {
      JsonNode value = root.node(name);
      if (value != null) {
        JsonFields fields = root.object(name);
        if (fields == null) {
          throw root.refused(name, value, "an object with quant_method");
        }
        return Optional.of(readMethod(fields));
      }
    }
    return Optional.empty();
  }

  private static QuantizationSpec readMethod(JsonFields fields) {
    String method = fields.optionalString("quant_method", "unknown");
    return switch (method) {
      case "awq" -> awq(fields);
      case "gptq" -> gptq(fields);
      case "compressed-tensors" -> compressed(fields);
      case "fp8" -> Fp8Fields.huggingFace(fields);
      default ->
          throw fields.refused(
              "quant_method", method, "one of " + METHODS + "; other methods are not supported");
    };
  }

  private static QuantizationSpec awq(JsonFields fields) {
    require(fields, "bits", 4);
    require(fields, "zero_point", true);
    requireText(fields, "version", "gemm");
    return new IntegerQuantization(
        "awq",
        PackedLayout.AWQ,
        WeightFormat.INT4,
        groupSize(fields, "group_size"),
        false,
        InputRounding.NONE);
  }

  private static QuantizationSpec gptq(JsonFields fields) {
    require(fields, "bits", 4);
    requireText(fields, "checkpoint_format", "gptq");
    if (fields.optionalBoolean("is_marlin_format", false)) {
      throw fields.refused("is_marlin_format", true, "false; packing for one GPU kernel alone");
    }
    boolean hasActOrder = fields.optionalBoolean("desc_act", false);
    return new IntegerQuantization(
        "gptq",
        PackedLayout.GPTQ,
        WeightFormat.INT4,
        groupSize(fields, "group_size"),
        hasActOrder,
        InputRounding.NONE);
  }

  private static QuantizationSpec compressed(JsonFields fields) {
    requireNone(fields, "kv_cache_scheme");
    JsonFields sparsity = fields.object("sparsity_config");
    if (sparsity != null) {
      requireText(sparsity, "format", "dense");
    }
    JsonFields group = onlyGroup(fields);
    JsonFields weights = group.object("weights");
    if (weights == null) {
      throw group.refused("weights", "absent", "a JSON object");
    }
    String format = fields.optionalString("format", "unknown");
    String method = "compressed-tensors " + format;
    return switch (format) {
      case "pack-quantized" -> integers(method, PackedLayout.ROWS, group, weights);
      case "int-quantized" -> integers(method, PackedLayout.BYTES, group, weights);
      case "float-quantized" -> Fp8Fields.compressed(method, group, weights);
      default ->
          throw fields.refused(
              "format", format, "pack-quantized, int-quantized or float-quantized");
    };
  }

  private static QuantizationSpec integers(
      String method, PackedLayout layout, JsonFields group, JsonFields weights) {
    WeightFormat weightFormat = weightFormat(weights, layout);
    InputRounding inputs = inputs(group, layout);
    String strategy = weights.optionalString("strategy", "unknown");
    int groupSize =
        switch (strategy) {
          case "channel" -> IntegerQuantization.WHOLE_ROW;
          case "group" -> groupSize(weights, "group_size");
          default -> throw weights.refused("strategy", strategy, "channel or group");
        };
    return new IntegerQuantization(method, layout, weightFormat, groupSize, false, inputs);
  }

  private static JsonFields onlyGroup(JsonFields fields) {
    String name = "config_groups";
    JsonNode groups = fields.node(name);
    JsonFields all = fields.object(name);
    if (groups == null || all == null || groups.size() != 1) {
      throw fields.refused(name, String.valueOf(groups), "one group of layers");
    }
    JsonFields group = all.object(groups.fieldNames().next());
    if (group == null) {
      throw fields.refused(name, groups, "one group of layers that is not empty");
    }
    return group;
  }

  private static WeightFormat weightFormat(JsonFields weights, PackedLayout layout) {
    requireText(weights, "type", "int");
    require(weights, "symmetric", true);
    require(weights, "dynamic", false);
    String order = weights.optionalString("actorder", "weight");
    if (!List.of("weight", "static").contains(order)) {
      throw weights.refused("actorder", order, "null, weight or static");
    }
    int bits = weights.requiredInt("num_bits", 1, 64);
    if (bits == 8) {
      return WeightFormat.INT8;
    }
    if (bits == 4 && layout == PackedLayout.ROWS) {
      return WeightFormat.INT4;
    }
    throw weights.refused("num_bits", bits, layout == PackedLayout.ROWS ? "4 or 8" : "8");
  }

  /** Inputs stay floats, or become INT8 by a scale per token, computed as they come. */
  private static InputRounding inputs(JsonFields group, PackedLayout layout) {
    requireNone(group, "output_activations");
    JsonFields inputs = group.object("input_activations");
    if (inputs == null) {
      return InputRounding.NONE;
    }
    if (layout != PackedLayout.BYTES) {
      throw group.refused("input_activations", "set", "null beside format pack-quantized");
    }
    require(inputs, "num_bits", 8);
    requireText(inputs, "type", "int");
    require(inputs, "symmetric", true);
    require(inputs, "dynamic", true);
    requireText(inputs, "strategy", "token");
    return InputRounding.INT8;
  }

  private static int groupSize(JsonFields fields, String name) {
    int groupSize = fields.requiredInt(name, -1, Integer.MAX_VALUE);
    if (!GROUP_SIZES.contains(groupSize)) {
      throw fields.refused(name, groupSize, GROUP_SIZE_WORDS);
    }
    return groupSize;
  }

  static void require(JsonFields fields, String name, int expected) {
    int value = fields.requiredInt(name, Integer.MIN_VALUE, Integer.MAX_VALUE);
    if (value != expected) {
      throw fields.refused(name, value, String.valueOf(expected));
    }
  }

  static void require(JsonFields fields, String name, boolean expected) {
    if (fields.optionalBoolean(name, expected) != expected) {
      throw fields.refused(name, !expected, String.valueOf(expected));
    }
  }

  static void requireText(JsonFields fields, String name, String expected) {
    String value = fields.optionalString(name, expected);
    if (!value.equalsIgnoreCase(expected)) {
      throw fields.refused(name, value, expected);
    }
  }

  static void requireNone(JsonFields fields, String name) {
    @Nullable JsonNode value = fields.node(name);
    if (value != null) {
      throw fields.refused(name, value, "null");
    }
  }
}
