package dev.gatun.model.arch;

import dev.gatun.model.config.ModelConfig;
import dev.gatun.model.spec.AttentionSpec;
import dev.gatun.model.spec.BlockFeature;
import dev.gatun.model.spec.MlpSpec;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.TensorNames;
import dev.gatun.model.weights.WeightMap;
import java.util.Set;

/**
 * What Llama and its relatives share: the block and the tensor names that Llama's checkpoints
 * introduced. Which biases and norms exist is read from the spec.
 */
final class LlamaLayout {
  private LlamaLayout() {}

  /** A spec from the config and the features of the architecture's blocks. */
  static ModelSpec spec(ModelConfig config, Set<BlockFeature> features) {
    return new ModelSpec(
        config.architecture(),
        config.vocabSize(),
        config.hiddenSize(),
        config.maxPositionEmbeddings(),
        config.rmsNormEps(),
        config.tieWordEmbeddings(),
        new AttentionSpec(config.numHeads(), config.numKvHeads(), config.headDim(), config.rope()),
        new MlpSpec(config.intermediateSize(), config.hiddenAct()),
        features,
        config.windows());
  }

  static WeightMap weightMap(ModelSpec spec) {
    String embedding = "model.embed_tokens.weight";
    String head = "lm_head.weight";
    WeightMap.Builder map = WeightMap.builder();
    if (spec.hasTiedHead()) {
      // A tied checkpoint may hold either tensor or both; as in transformers, its own head wins.
      map.putFirstOf(TensorNames.EMBEDDING, embedding, head);
      map.putFirstOf(TensorNames.HEAD + ".weight", head, embedding);
    } else {
      map.put(TensorNames.EMBEDDING, embedding);
      map.put(TensorNames.HEAD + ".weight", head);
    }
    map.put(TensorNames.FINAL_NORM, "model.norm.weight");
    for (int layer = 0; layer < spec.numLayers(); layer++) {
      putAttention(map, spec, layer);
      putMlp(map, spec, layer);
    }
    return map.build();
  }

  private static void putAttention(WeightMap.Builder map, ModelSpec spec, int layer) {
    String block = "model.layers." + layer + ".";
    String attention = block + "self_attn.";
    map.put(TensorNames.attentionNorm(layer), block + "input_layernorm.weight");
    putLinear(
        map,
        TensorNames.qkv(layer),
        spec.has(BlockFeature.QKV_BIAS),
        attention + "q_proj",
        attention + "k_proj",
        attention + "v_proj");
    putLinear(map, TensorNames.o(layer), spec.has(BlockFeature.OUTPUT_BIAS), attention + "o_proj");
    if (spec.has(BlockFeature.QK_NORM)) {
      map.put(TensorNames.qNorm(layer), attention + "q_norm.weight");
      map.put(TensorNames.kNorm(layer), attention + "k_norm.weight");
    }
  }

  private static void putMlp(WeightMap.Builder map, ModelSpec spec, int layer) {
    String block = "model.layers." + layer + ".";
    boolean hasBias = spec.has(BlockFeature.MLP_BIAS);
    map.put(TensorNames.mlpNorm(layer), block + "post_attention_layernorm.weight");
    putLinear(
        map, TensorNames.gateUp(layer), hasBias, block + "mlp.gate_proj", block + "mlp.up_proj");
    putLinear(map, TensorNames.down(layer), hasBias, block + "mlp.down_proj");
  }

  private static void putLinear(
      WeightMap.Builder map, String name, boolean hasBias, String... modules) {
    map.put(name + ".weight", suffixed(modules, ".weight"));
    if (hasBias) {
      map.put(name + ".bias", suffixed(modules, ".bias"));
    }
  }

  private static String[] suffixed(String[] modules, String suffix) {
    String[] names = new String[modules.length];
    for (int i = 0; i < modules.length; i++) {
      names[i] = modules[i] + suffix;
    }
    return names;
  }
}
