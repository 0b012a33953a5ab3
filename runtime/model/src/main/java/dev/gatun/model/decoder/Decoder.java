package dev.gatun.model.decoder;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.AttentionSpec;
import dev.gatun.model.spec.ModelSpec;
import dev.gatun.model.spec.RopeTable;
import dev.gatun.model.weights.ModelWeights;
import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.Tensor;
import java.util.List;

/**
 * Runs a model on a backend: for the scheduled tokens of a batch it writes their KV to the cache
 * and computes logits for the rows asked for.
 *
 * <pre>
 *   residual = embed(ids)
 *   each layer:  x = norm(residual);  x = o(attention(rope(qkNorm(qkv(x)))))
 *                residual += x;  x = norm(residual);  x = down(activation(gate(x)) * up(x))
 *                residual += x
 *   logits = head(norm(residual))          of the logit rows alone
 * </pre>
 *
 * <p>All memory is claimed by {@link #build}. One thread at a time. The result of a row does not
 * depend on the other rows of the batch.
 */
public final class Decoder {
  private final ModelSpec spec;
  private final BatchLimits limits;
  private final Backend backend;
  private final Ops ops;
  private final DecoderWeights weights;
  private final Workspace workspace;
  private final Tensor cosSin;
  private final AttentionParams[] attentionParams;

  private Decoder(
      ModelSpec spec,
      BatchLimits limits,
      Backend backend,
      DecoderWeights weights,
      Workspace workspace,
      Tensor cosSin) {
    this.spec = spec;
    this.limits = limits;
    this.backend = backend;
    ops = backend.ops();
    this.weights = weights;
    this.workspace = workspace;
    this.cosSin = cosSin;
    float scale = (float) (1 / Math.sqrt(spec.attention().headDim()));
    attentionParams = new AttentionParams[spec.numLayers()];
    for (int layer = 0; layer < attentionParams.length; layer++) {
      attentionParams[layer] =
          new AttentionParams(
              spec.attention().numHeads(), scale, 0, spec.windows().get(layer), null);
    }
  }

  /**
   * Checks and places the weights and allocates {@link #workspaceBytes}.
   *
   * @param weights must stay open as long as the decoder is used
   * @param limits largest batch that {@link #forward} is given
   * @param maxModelLen longest sequence in tokens; positions are below it
   * @throws ModelLoadException if a tensor is missing or has an unexpected shape, or the backend
   *     does not support an op or format that the model needs
   * @throws dev.gatun.tensor.BackendException if memory does not suffice
   */
  public static Decoder build(
      ModelSpec spec, ModelWeights weights, Backend backend, BatchLimits limits, int maxModelLen) {
    if (maxModelLen < 1) {
      throw new IllegalArgumentException("maxModelLen " + maxModelLen + " < 1");
    }
    DecoderWeights placed = DecoderWeights.place(spec, weights, backend);
    Workspace workspace = Workspace.allocate(spec, limits, backend);
    AttentionSpec attention = spec.attention();
    Tensor cosSin = RopeTable.build(attention.rope(), attention.headDim(), maxModelLen);
    return new Decoder(spec, limits, backend, placed, workspace, backend.place(cosSin));
  }

  /**
   * Memory that {@link #build} claims beside the weights: activations, logits and the rope table.
   *
   * @param activation {@link Backend#activationType}
   */
  public static long workspaceBytes(
      ModelSpec spec, BatchLimits limits, int maxModelLen, DType activation) {
    return Workspace.bytes(spec, limits, activation)
        + RopeTable.bytes(spec.attention().headDim(), maxModelLen);
  }

  /**
   * Memory that the weights take once the linear layers are placed: the mapped files, what is
   * allocated beside them, less what is not read again.
   *
   * @throws ModelLoadException as {@link #build}
   */
  public static long weightBytes(ModelSpec spec, ModelWeights weights, Backend backend) {
    LinearLayers linears = new LinearLayers(spec, weights);
    long allocated =
        linears.all().stream()
            .filter(source -> !linears.isPlacedAsEmbedding(source, backend))
            .mapToLong(backend::placementBytes)
            .sum();
    return weights.mappedBytes() + allocated - linears.releasedBytes(backend);
  }

  /**
   * Computes one step.
   *
   * @param batch filled and uploaded, within the limits of {@link #build}, at least one token
   * @param cache one per layer; the slots of the batch are written
   * @return F32 {@code [maxLogitRows, vocabSize]}, of which the first {@code numLogitRows} rows are
   *     those of this step; valid until the next call
   */
  public Tensor forward(AttentionBatch batch, List<KvLayer> cache) {
    check(cache.size() == spec.numLayers(), "KV cache layers", cache.size(), spec.numLayers());
    int numTokens = batch.numTokens();
    check(numTokens >= 1, "tokens", numTokens, 1);
    check(numTokens <= limits.maxTokens(), "tokens", numTokens, limits.maxTokens());
    int numRows = batch.numLogitRows();
    check(numRows <= limits.maxLogitRows(), "logit rows", numRows, limits.maxLogitRows());
    backend.issue(batch, () -> issue(batch, cache));
    return workspace.rows().logits();
  }

  private void issue(AttentionBatch batch, List<KvLayer> cache) {
    Workspace.Tokens at = workspace.tokens(batch.numTokens());
    List<DecoderWeights.Layer> layers = weights.layers();
    float eps = spec.rmsNormEps();
    ops.embed(at.residual(), weights.embedding(), batch.tokenIds(), 1);
    ops.rmsNorm(at.x(), at.residual(), layers.get(0).attentionNorm(), 0, eps);
    for (int i = 0; i < layers.size(); i++) {
      DecoderWeights.Layer layer = layers.get(i);
      attention(layer, attentionParams[i], cache.get(i), batch, at);
      ops.addRmsNorm(at.x(), at.residual(), at.x(), layer.mlpNorm(), 0, eps);
      mlp(layer, at);
      if (i + 1 < layers.size()) {
        Tensor nextNorm = layers.get(i + 1).attentionNorm();
        ops.addRmsNorm(at.x(), at.residual(), at.x(), nextNorm, 0, eps);
      }
    }
    head(batch, at);
  }

  private void attention(
      DecoderWeights.Layer layer,
      AttentionParams params,
      KvLayer cache,
      AttentionBatch batch,
      Workspace.Tokens at) {
    float eps = spec.rmsNormEps();
    ops.linear(at.qkv(), at.x(), layer.qkv());
    if (layer.qNorm() != null && layer.kNorm() != null) {
      ops.qkNorm(at.q(), layer.qNorm(), 0, eps);
      ops.qkNorm(at.k(), layer.kNorm(), 0, eps);
    }
    ops.ropeStoreKv(cache, at.q(), at.k(), at.v(), batch.positions(), cosSin, batch.slotMapping());
    ops.pagedAttention(at.attention(), at.q(), cache, batch, params);
    ops.linear(at.x(), at.attention(), layer.o());
  }

  private void mlp(DecoderWeights.Layer layer, Workspace.Tokens at) {
    ops.linear(at.gateUp(), at.x(), layer.gateUp());
    ops.gatedActivation(at.activated(), at.gateUp(), spec.mlp().activation());
    ops.linear(at.x(), at.activated(), layer.down());
  }

  /** The last addition, the final norm and the head, for the logit rows alone. */
  private void head(AttentionBatch batch, Workspace.Tokens at) {
    int numRows = batch.numLogitRows();
    if (numRows == 0) {
      return;
    }
    Workspace.Rows rows = workspace.rows(numRows);
    ops.gatherRows(rows.residual(), at.residual(), batch.logitRows());
    ops.gatherRows(rows.x(), at.x(), batch.logitRows());
    ops.addRmsNorm(rows.x(), rows.residual(), rows.x(), weights.finalNorm(), 0, spec.rmsNormEps());
    ops.linear(rows.logits(), rows.x(), weights.head());
  }

  /**
   * Hidden states after the final norm of the last step's logit rows: the activation type, {@code
   * [maxLogitRows, hiddenSize]}, the first {@code numLogitRows} rows; valid until the next {@link
   * #forward}.
   */
  public Tensor hiddenStates() {
    return workspace.rows().x();
  }

  public ModelSpec spec() {
    return spec;
  }

  private static void check(boolean condition, String what, int actual, int expected) {
    if (!condition) {
      throw new IllegalStateException(what + ": " + actual + ", expected " + expected);
    }
  }
}
