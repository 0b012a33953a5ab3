package dev.gatun.engine.bench.model;

import dev.gatun.model.decoder.Decoder;
import dev.gatun.model.decoder.KvCacheShape;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.TensorNames;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.DType;

/** What the steps of a model have to read and to multiply at least. */
final class ModelRoofline {
  private final ModelSpec spec;
  private final long weightBytes;
  private final double kvBytesPerToken;

  ModelRoofline(ModelDirectory model, Backend backend, DType kvType) {
    spec = model.spec();
    weightBytes = weightBytes(model, backend);
    kvBytesPerToken = KvCacheShape.of(spec, 16, kvType).bytesPerBlock() / 16.0;
  }

  /** Everything but an embedding that the head does not share: few of its rows are read. */
  private static long weightBytes(ModelDirectory model, Backend backend) {
    ModelSpec spec = model.spec();
    long all = Decoder.weightBytes(spec, model.weights(), backend);
    var head = model.weights().linear(TensorNames.HEAD, spec.hiddenSize(), false, spec.vocabSize());
    boolean isShared =
        spec.hasTiedHead()
            && keepsHead(model.rounding())
            && (head.format().isPlain() || backend.readsInPlace(head.format()));
    // As large as the head is in the file, where both are floats.
    long embedding = 2L * spec.vocabSize() * spec.hiddenSize();
    return isShared ? all : all - embedding;
  }

  private static boolean keepsHead(WeightRounding rounding) {
    return switch (rounding) {
      case NONE, FP8 -> true;
      case INT8, INT4 -> false;
    };
  }

  /** Read by every step. */
  long weightBytes() {
    return weightBytes;
  }

  /** Of the linear layers. */
  long numWeights() {
    return layerWeights() + headWeights();
  }

  private long layerWeights() {
    long attention = 2L * spec.attention().qSize() + 2L * spec.attention().kvSize();
    long mlp = 3L * spec.mlp().intermediateSize();
    return (long) spec.hiddenSize() * spec.numLayers() * (attention + mlp);
  }

  private long headWeights() {
    return (long) spec.hiddenSize() * spec.vocabSize();
  }

  /** Scores and sums over values of one token that attends to so many. */
  private double attentionFlops(double context) {
    return 4.0 * context * spec.attention().qSize() * spec.numLayers();
  }

  /** Of a prompt with the logits of its last token; a token attends to half of it on average. */
  double prefillFlops(int tokens) {
    return tokens * (2.0 * layerWeights() + attentionFlops(tokens / 2.0)) + 2.0 * headWeights();
  }

  /**
   * Least time of a decode step.
   *
   * @param bandwidth bytes per second
   * @param matrixRate operations per second; NaN if only reading is to count
   */
  double decodeSeconds(int batch, int context, double bandwidth, double matrixRate) {
    double reading = (weightBytes + batch * (context + 1) * kvBytesPerToken) / bandwidth;
    double flops = batch * (2.0 * numWeights() + attentionFlops(context));
    return Double.isNaN(matrixRate) ? reading : Math.max(reading, flops / matrixRate);
  }
}
