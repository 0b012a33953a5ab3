package dev.gatun.model.arch;

import dev.gatun.model.config.ConfigDefaults;
import dev.gatun.model.config.ModelConfig;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.weights.WeightMap;
import java.util.List;

/** One row of {@link Architectures}. */
public sealed interface Architecture permits Llama, Mistral, Qwen2, Qwen3 {

  /** The names under {@code architectures} in config.json that this answers to. */
  List<String> names();

  /** What its configuration class says where config.json is silent. */
  ConfigDefaults configDefaults();

  ModelSpec spec(ModelConfig config);

  WeightMap weightMap(ModelSpec spec);
}
