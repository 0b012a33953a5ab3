package dev.gatun.model.arch;

import dev.gatun.model.config.ConfigDefaults;
import dev.gatun.model.config.ModelConfig;
import dev.gatun.model.spec.BlockFeature;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.weights.WeightMap;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Llama 1 to 3.x and what follows its layout: biases as config.json asks, no window. */
final class Llama implements Architecture {
  @Override
  public List<String> names() {
    return List.of("LlamaForCausalLM");
  }

  @Override
  public ConfigDefaults configDefaults() {
    return new ConfigDefaults(
        2048, OptionalInt.empty(), OptionalInt.empty(), ConfigDefaults.WindowRule.NONE);
  }

  @Override
  public ModelSpec spec(ModelConfig config) {
    Set<BlockFeature> features = EnumSet.noneOf(BlockFeature.class);
    if (config.attentionBias()) {
      features.add(BlockFeature.QKV_BIAS);
      features.add(BlockFeature.OUTPUT_BIAS);
    }
    if (config.mlpBias()) {
      features.add(BlockFeature.MLP_BIAS);
    }
    return LlamaLayout.spec(config, features);
  }

  @Override
  public WeightMap weightMap(ModelSpec spec) {
    return LlamaLayout.weightMap(spec);
  }
}
