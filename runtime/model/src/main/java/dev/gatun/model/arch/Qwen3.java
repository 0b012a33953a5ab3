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

/** Qwen 3, dense: q and k pass a norm per head; head_dim is 128 unless given. */
final class Qwen3 implements Architecture {
  @Override
  public List<String> names() {
    return List.of("Qwen3ForCausalLM");
  }

  @Override
  public ConfigDefaults configDefaults() {
    return new ConfigDefaults(
        32768, OptionalInt.of(32), OptionalInt.of(128), ConfigDefaults.WindowRule.SWITCHED);
  }

  @Override
  public ModelSpec spec(ModelConfig config) {
    Set<BlockFeature> features = EnumSet.of(BlockFeature.QK_NORM);
    if (config.attentionBias()) {
      features.add(BlockFeature.QKV_BIAS);
      features.add(BlockFeature.OUTPUT_BIAS);
    }
    return LlamaLayout.spec(config, features);
  }

  @Override
  public WeightMap weightMap(ModelSpec spec) {
    return LlamaLayout.weightMap(spec);
  }
}
