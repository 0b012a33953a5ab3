package dev.gatun.model.decoder;

import dev.gatun.model.spec.AttentionSpec;
import dev.gatun.model.spec.BlockFeature;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.TensorNames;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.model.weights.ModelWeights;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.PlainBlock;
import dev.gatun.tensor.RoundedBlock;
import dev.gatun.tensor.RoundedFp8Block;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import dev.gatun.tensor.WeightFormat;
import java.util.ArrayList;
import java.util.List;

/**
 * The linear layers of a model with the shapes that its spec asks for, floats rounded if the
 * weights ask for that.
 */
final class LinearLayers {
  private final ModelSpec spec;
  private final ModelWeights weights;

  LinearLayers(ModelSpec spec, ModelWeights weights) {
    this.spec = spec;
    this.weights = weights;
  }

  LinearSource qkv(int layer) {
    AttentionSpec attention = spec.attention();
    LinearSource source =
        weights.linear(
            TensorNames.qkv(layer),
            spec.hiddenSize(),
            spec.has(BlockFeature.QKV_BIAS),
            attention.qSize(),
            attention.kvSize(),
            attention.kvSize());
    return rounded(source, WeightFormat.INT8);
  }

  LinearSource o(int layer) {
    LinearSource source =
        weights.linear(
            TensorNames.o(layer),
            spec.attention().qSize(),
            spec.has(BlockFeature.OUTPUT_BIAS),
            spec.hiddenSize());
    return rounded(source, fewestBits(layer));
  }

  LinearSource gateUp(int layer) {
    int size = spec.mlp().intermediateSize();
    boolean hasBias = spec.has(BlockFeature.MLP_BIAS);
    LinearSource source =
        weights.linear(TensorNames.gateUp(layer), spec.hiddenSize(), hasBias, size, size);
    return rounded(source, fewestBits(layer));
  }

  LinearSource down(int layer) {
    LinearSource source =
        weights.linear(
            TensorNames.down(layer),
            spec.mlp().intermediateSize(),
            spec.has(BlockFeature.MLP_BIAS),
            spec.hiddenSize());
    return rounded(source, WeightFormat.INT8);
  }

  LinearSource head() {
    LinearSource source =
        weights.linear(TensorNames.HEAD, spec.hiddenSize(), false, spec.vocabSize());
    return weights.rounding() == WeightRounding.FP8 ? source : rounded(source, WeightFormat.INT8);
  }

  /** The first and the last layer lose most by few bits, as do all the layers not asked here. */
  private WeightFormat fewestBits(int layer) {
    return layer == 0 || layer == spec.numLayers() - 1 ? WeightFormat.INT8 : WeightFormat.INT4;
  }

  /** Floats rounded as the weights ask for, to INT4 only where that is borne. */
  private LinearSource rounded(LinearSource source, WeightFormat fewest) {
    return switch (weights.rounding()) {
      case NONE -> source;
      case INT8 -> rounding(source, WeightFormat.INT8);
      case INT4 -> rounding(source, fewest);
      case FP8 -> rounding(source, WeightFormat.FP8);
    };
  }

  private static LinearSource rounding(LinearSource source, WeightFormat format) {
    List<WeightBlock> blocks = new ArrayList<>();
    for (WeightBlock block : source.blocks()) {
      blocks.add(block instanceof PlainBlock(Tensor weight) ? rounding(weight, format) : block);
    }
    return new LinearSource(source.name(), blocks, source.biases());
  }

  private static WeightBlock rounding(Tensor weight, WeightFormat format) {
    return format == WeightFormat.FP8
        ? new RoundedFp8Block(weight)
        : new RoundedBlock(weight, format);
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

  private boolean isTiedHead(LinearSource source) {
    return spec.hasTiedHead() && source.name().equals(TensorNames.HEAD);
  }

  /** Whether the layer's weights lie on a device already when they are placed. */
  boolean isPlacedAsEmbedding(LinearSource source, Backend backend) {
    return isTiedHead(source)
        && source.format().isPlain()
        && !backend.readsInPlace(source.format());
  }

  /**
   * Bytes of the mapped files that the backend does not read again once layers are placed. The
   * head's stay if the embedding reads them, too.
   */
  long releasedBytes(Backend backend) {
    return all().stream()
        .filter(source -> !backend.readsInPlace(source.format()))
        .filter(source -> !isTiedHead(source))
        .mapToLong(LinearSource::mappedBytes)
        .sum();
  }
}
