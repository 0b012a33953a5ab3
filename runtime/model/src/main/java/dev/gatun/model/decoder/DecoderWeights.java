package dev.gatun.model.decoder;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.BlockFeature;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.TensorNames;
import dev.gatun.model.weights.ModelWeights;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The weights of a decoder, placed on a backend. */
record DecoderWeights(Tensor embedding, List<Layer> layers, Tensor finalNorm, LinearWeight head) {

  /** One block; qNorm and kNorm are null where the model has none. */
  record Layer(
      Tensor attentionNorm,
      LinearWeight qkv,
      @Nullable Tensor qNorm,
      @Nullable Tensor kNorm,
      LinearWeight o,
      Tensor mlpNorm,
      LinearWeight gateUp,
      LinearWeight down) {}

  /** The norms of one block as mapped. */
  private record Norms(Tensor attention, @Nullable Tensor q, @Nullable Tensor k, Tensor mlp) {}

  /** Ops that every model needs besides {@link Op#EMBED} and {@link Op#LINEAR}. */
  private static final List<Op> OPS =
      List.of(
          Op.RMS_NORM,
          Op.ADD_RMS_NORM,
          Op.ROPE,
          Op.STORE_KV,
          Op.PAGED_ATTENTION,
          Op.GATED_ACTIVATION,
          Op.GATHER_ROWS);

  /**
   * Checks all weights and what the backend supports, then places them.
   *
   * @throws ModelLoadException naming the tensor that is missing or does not fit, or the op and
   *     format that the backend does not support
   */
  static DecoderWeights place(ModelSpec spec, ModelWeights weights, Backend backend) {
    LinearLayers linears = new LinearLayers(spec, weights);
    Tensor embedding =
        weights.tensor(TensorNames.EMBEDDING, Shape.of(spec.vocabSize(), spec.hiddenSize()));
    Tensor finalNorm = weights.tensor(TensorNames.FINAL_NORM, Shape.of(spec.hiddenSize()));
    List<Norms> norms = norms(spec, weights);
    // All is known to be there and to fit before anything is copied to a device.
    checkSupport(spec, embedding, linears.all(), backend);
    List<Layer> layers = new ArrayList<>(spec.numLayers());
    for (int layer = 0; layer < spec.numLayers(); layer++) {
      layers.add(placeLayer(layer, norms.get(layer), linears, backend));
    }
    DecoderWeights placed =
        new DecoderWeights(
            backend.place(embedding),
            List.copyOf(layers),
            backend.place(finalNorm),
            place(linears.head(), backend));
    backend.weightsPlaced();
    return placed;
  }

  private static List<Norms> norms(ModelSpec spec, ModelWeights weights) {
    Shape hidden = Shape.of(spec.hiddenSize());
    Shape head = Shape.of(spec.attention().headDim());
    boolean hasQkNorm = spec.has(BlockFeature.QK_NORM);
    List<Norms> norms = new ArrayList<>(spec.numLayers());
    for (int layer = 0; layer < spec.numLayers(); layer++) {
      norms.add(
          new Norms(
              weights.tensor(TensorNames.attentionNorm(layer), hidden),
              hasQkNorm ? weights.tensor(TensorNames.qNorm(layer), head) : null,
              hasQkNorm ? weights.tensor(TensorNames.kNorm(layer), head) : null,
              weights.tensor(TensorNames.mlpNorm(layer), hidden)));
    }
    return norms;
  }

  private static void checkSupport(
      ModelSpec spec, Tensor embedding, List<LinearSource> linears, Backend backend) {
    for (Op op : OPS) {
      require(backend, op, WeightFormat.F32, spec.architecture());
    }
    if (spec.has(BlockFeature.QK_NORM)) {
      require(backend, Op.QK_NORM, WeightFormat.F32, spec.architecture());
    }
    require(backend, Op.EMBED, WeightFormat.plain(embedding.dtype()), TensorNames.EMBEDDING);
    for (LinearSource linear : linears) {
      require(backend, Op.LINEAR, linear.format(), linear.name());
    }
  }

  private static void require(Backend backend, Op op, WeightFormat format, String user) {
    if (!backend.supports(op, format)) {
      throw new ModelLoadException(
          "backend '%s' does not support op %s with format %s, needed for %s"
              .formatted(backend.name(), op, format, user));
    }
  }

  private static Layer placeLayer(int layer, Norms norms, LinearLayers linears, Backend backend) {
    return new Layer(
        backend.place(norms.attention()),
        place(linears.qkv(layer), backend),
        norms.q() == null ? null : backend.place(norms.q()),
        norms.k() == null ? null : backend.place(norms.k()),
        place(linears.o(layer), backend),
        backend.place(norms.mlp()),
        place(linears.gateUp(layer), backend),
        place(linears.down(layer), backend));
  }

  /** Pages of a file that were read to be packed elsewhere are given back layer by layer. */
  private static LinearWeight place(LinearSource source, Backend backend) {
    LinearWeight placed = backend.placeLinear(source);
    if (!backend.readsInPlace(source.format())) {
      source.releasePages();
    }
    return placed;
  }
}
