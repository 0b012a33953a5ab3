package dev.gatun.model.decoder;

import dev.gatun.model.spec.AttentionSpec;
import dev.gatun.model.spec.BlockFeature;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.TensorNames;
import dev.gatun.model.weights.ModelWeights;
import dev.gatun.tensor.LinearSource;
import java.util.ArrayList;
import java.util.List;

/** The linear layers of a model with the shapes that its spec asks for. */
final class LinearLayers {
  private final ModelSpec spec;
  private final ModelWeights weights;

  LinearLayers(ModelSpec spec, ModelWeights weights) {
    this.spec = spec;
    this.weights = weights;
  }

  LinearSource qkv(int layer) {
    AttentionSpec attention = spec.attention();
    return weights.linear(
        TensorNames.qkv(layer),
        spec.hiddenSize(),
        spec.has(BlockFeature.QKV_BIAS),
        attention.qSize(),
        attention.kvSize(),
        attention.kvSize());
  }

  LinearSource o(int layer) {
    return weights.linear(
        TensorNames.o(layer),
        spec.attention().qSize(),
        spec.has(BlockFeature.OUTPUT_BIAS),
        spec.hiddenSize());
  }

  LinearSource gateUp(int layer) {
    int size = spec.mlp().intermediateSize();
    boolean hasBias = spec.has(BlockFeature.MLP_BIAS);
    return weights.linear(TensorNames.gateUp(layer), spec.hiddenSize(), hasBias, size, size);
  }

  LinearSource down(int layer) {
    return weights.linear(
        TensorNames.down(layer),
        spec.mlp().intermediateSize(),
        spec.has(BlockFeature.MLP_BIAS),
        spec.hiddenSize());
  }

  LinearSource head() {
    return weights.linear(TensorNames.HEAD, spec.hiddenSize(), false, spec.vocabSize());
  }

  /** Every one of them. */
  List<LinearSource> all() {
    List<LinearSource> sources = new ArrayList<>();
    for (int layer = 0; layer < spec.numLayers(); layer++) {
      sources.add(qkv(layer));
      sources.add(o(layer));
      sources.add(gateUp(layer));
      sources.add(down(layer));
    }
    sources.add(head());
    return sources;
  }
}
