package dev.gatun.model.arch;

import dev.gatun.model.config.ConfigDefaults;
import dev.gatun.model.config.ModelConfig;
import dev.gatun.model.spec.BlockFeature;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.weights.WeightMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** Qwen 2 and 2.5: biases on q, k and v whatever config.json says, none on o. */
final class Qwen2 implements Architecture {
  @Override
  public List<String> names() {
    return List.of("Qwen2ForCausalLM");
  }

  @Override
  public ConfigDefaults configDefaults() {
    return new ConfigDefaults(
        32768, OptionalInt.of(32), OptionalInt.empty(), ConfigDefaults.WindowRule.SWITCHED);
  }

  @Override
  public ModelSpec spec(ModelConfig config) {
    return LlamaLayout.spec(config, Set.of(BlockFeature.QKV_BIAS));
  }

  @Override
  public WeightMap weightMap(ModelSpec spec) {
    return LlamaLayout.weightMap(spec);
  }
}
