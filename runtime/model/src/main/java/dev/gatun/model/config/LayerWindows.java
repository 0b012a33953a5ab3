package dev.gatun.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Finds the sliding window of every layer; layer_types wins where it is given. */
final class LayerWindows {
  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  /** What layer_types may hold. */
  static final List<String> LAYER_TYPES = List.of(FULL, SLIDING);

  private static final int DEFAULT_WINDOW = 4096;
  private static final int DEFAULT_MAX_WINDOW_LAYERS = 28;

  private LayerWindows() {}

  /** One window per layer, 0 for none. */
  static List<Integer> read(
      JsonFields config, int numLayers, ConfigDefaults.WindowRule windowRule) {
    int window =
        switch (windowRule) {
          case NONE -> 0;
          case EVERY_LAYER -> window(config);
          case SWITCHED -> config.optionalBoolean("use_sliding_window", false) ? window(config) : 0;
        };
    JsonNode layerTypes = config.node("layer_types");
    if (layerTypes != null) {
      return fromLayerTypes(config, layerTypes, numLayers, window);
    }
    int firstLayer =
        windowRule == ConfigDefaults.WindowRule.SWITCHED
            ? config.optionalInt(
                "max_window_layers", DEFAULT_MAX_WINDOW_LAYERS, 0, Integer.MAX_VALUE)
            : 0;
    List<Integer> windows = new ArrayList<>(numLayers);
    for (int layer = 0; layer < numLayers; layer++) {
      windows.add(layer >= firstLayer ? window : 0);
    }
    return windows;
  }

  /** 4096 if the field is absent, none if it is null. */
  private static int window(JsonFields config) {
    int fallback = config.isAbsent("sliding_window") ? DEFAULT_WINDOW : 0;
    return config.optionalInt("sliding_window", fallback, 1, Integer.MAX_VALUE);
  }

  private static List<Integer> fromLayerTypes(
      JsonFields config, JsonNode layerTypes, int numLayers, int window) {
    if (!layerTypes.isArray() || layerTypes.size() != numLayers) {
      throw config.refused(
          "layer_types", layerTypes, "a list of num_hidden_layers " + numLayers + " strings");
    }
    List<Integer> windows = new ArrayList<>(numLayers);
    for (JsonNode type : layerTypes) {
      if (!LAYER_TYPES.contains(type.asText())) {
        throw config.refused("layer_types", layerTypes, "names of " + LAYER_TYPES);
      }
      boolean isSliding = type.asText().equals(SLIDING);
      if (isSliding && window == 0) {
        throw config.refused(
            "layer_types", layerTypes, FULL + " only, for no sliding window is in use");
      }
      windows.add(isSliding ? window : 0);
    }
    return windows;
  }
}
