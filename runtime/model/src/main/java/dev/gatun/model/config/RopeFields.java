package dev.gatun.model.config;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.RopeScaling;
import dev.gatun.model.spec.RopeSpec;
import java.util.List;

/**
 * Reads rope in both spellings: {@code rope_theta} beside {@code rope_scaling {type | rope_type,
 * ...}}, or all of it in {@code rope_parameters}. As in transformers, a non-empty rope_scaling wins
 * over rope_parameters, and a theta inside either over the one beside it.
 */
final class RopeFields {
  private static final double DEFAULT_THETA = 10_000;
  private static final List<String> SUPPORTED = List.of("default", "linear", "llama3");

  private RopeFields() {}

  static RopeSpec read(JsonFields config, int maxPositions) {
    double outerTheta = config.optionalDouble("rope_theta", DEFAULT_THETA, 0);
    refusePartial(config);
    JsonFields rope = config.object("rope_scaling");
    if (rope == null) {
      rope = config.object("rope_parameters");
    }
    if (rope == null) {
      return new RopeSpec(outerTheta, new RopeScaling.None());
    }
    refusePartial(rope);
    double theta = rope.optionalDouble("rope_theta", outerTheta, 0);
    return new RopeSpec(theta, scaling(config, rope, maxPositions));
  }

  private static void refusePartial(JsonFields fields) {
    double factor = fields.optionalDouble("partial_rotary_factor", 1, 0);
    if (factor != 1) {
      throw fields.refused("partial_rotary_factor", factor, "1: rope over the whole head");
    }
  }

  private static RopeScaling scaling(JsonFields config, JsonFields rope, int maxPositions) {
    for (String layerType : LayerWindows.LAYER_TYPES) {
      if (rope.node(layerType) != null) {
        throw new ModelLoadException(
            ConfigFile.FILE_NAME + ": rope per layer type ('" + layerType + "') is not supported");
      }
    }
    String type = rope.optionalString("rope_type", rope.optionalString("type", "default"));
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(rope.requiredDouble("factor", 0));
      case "llama3" -> llama3(config, rope, maxPositions);
      default -> throw rope.refused("rope_type", type, "one of " + SUPPORTED);
    };
  }

  private static RopeScaling llama3(JsonFields config, JsonFields rope, int maxPositions) {
    String original = "original_max_position_embeddings";
    int inner = rope.optionalInt(original, maxPositions, 1, Integer.MAX_VALUE);
    double low = rope.requiredDouble("low_freq_factor", 0);
    double high = rope.requiredDouble("high_freq_factor", 0);
    if (high <= low) {
      throw rope.refused("high_freq_factor", high, "a number greater than low_freq_factor " + low);
    }
    return new RopeScaling.Llama3(
        rope.requiredDouble("factor", 0),
        low,
        high,
        // Transformers lets the outer field win over the one in rope_scaling.
        config.optionalInt(original, inner, 1, Integer.MAX_VALUE));
  }
}
