package dev.gatun.model.arch;

import dev.gatun.model.config.ConfigDefaults;
import dev.gatun.model.config.ModelConfig;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.weights.WeightMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Mistral 7B and relatives: no biases, a sliding window in every layer unless it is null. */
final class Mistral implements Architecture {
  @Override
  public List<String> names() {
    return List.of("MistralForCausalLM");
  }

  @Override
  public ConfigDefaults configDefaults() {
    return new ConfigDefaults(
        4096 * 32, OptionalInt.of(8), OptionalInt.empty(), ConfigDefaults.WindowRule.EVERY_LAYER);
  }

  @Override
  public ModelSpec spec(ModelConfig config) {
    return LlamaLayout.spec(config, Set.of());
  }

  @Override
  public WeightMap weightMap(ModelSpec spec) {
    return LlamaLayout.weightMap(spec);
  }
}
