package dev.gatun.tensor.reference;

import dev.gatun.tensor.Activation;
import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.AttentionParams;
import dev.gatun.tensor.HostBlocks;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ops, each in the class of its family. Engine thread; a call returns when it is computed. */
final class ReferenceOps implements Ops {
  private final ReferenceRows rows = new ReferenceRows();
  private final ReferenceNorms norms = new ReferenceNorms();
  private final ReferenceRope rope = new ReferenceRope();
  private final ReferenceKvCache kvCache = new ReferenceKvCache();
  private final ReferenceActivations activations = new ReferenceActivations();
  private final ReferenceLinear linear;
  private final ReferenceAttention attention;

  ReferenceOps(Workers workers) {
    linear = new ReferenceLinear(workers);
    attention = new ReferenceAttention(workers);
  }

  @Override
  public void embed(Tensor out, Tensor table, Tensor ids, float scale) {
    rows.embed(out, table, ids, scale);
  }

  @Override
  public void rmsNorm(Tensor out, Tensor x, Tensor weight, float weightOffset, float eps) {
    norms.rmsNorm(out, x, weight, weightOffset, eps);
  }

  @Override
  public void addRmsNorm(
      Tensor out, Tensor residual, Tensor x, Tensor weight, float weightOffset, float eps) {
    norms.addRmsNorm(out, residual, x, weight, weightOffset, eps);
  }

  @Override
  public void layerNorm(Tensor out, Tensor x, Tensor weight, @Nullable Tensor bias, float eps) {
    norms.layerNorm(out, x, weight, bias, eps);
  }

  @Override
  public void linear(Tensor out, Tensor x, LinearWeight weight) {
    linear.linear(out, x, weight);
  }

  @Override
  public void qkNorm(Tensor heads, Tensor weight, float weightOffset, float eps) {
    norms.qkNorm(heads, weight, weightOffset, eps);
  }

  @Override
  public void rope(Tensor heads, int headDim, Tensor positions, Tensor cosSin) {
    rope.rope(heads, headDim, positions, cosSin);
  }

  @Override
  public void storeKv(KvLayer cache, Tensor k, Tensor v, Tensor slotMapping) {
    kvCache.storeKv(cache, k, v, slotMapping);
  }

  @Override
  public void pagedAttention(
      Tensor out, Tensor q, KvLayer cache, AttentionBatch batch, AttentionParams params) {
    attention.pagedAttention(out, q, cache, batch, params);
  }

  @Override
  public void gatedActivation(Tensor out, Tensor gateUp, Activation activation) {
    activations.gatedActivation(out, gateUp, activation);
  }

  @Override
  public void activation(Tensor out, Tensor x, Activation activation) {
    activations.activation(out, x, activation);
  }

  @Override
  public void add(Tensor out, Tensor a, Tensor b) {
    activations.add(out, a, b);
  }

  @Override
  public void gatherRows(Tensor out, Tensor x, Tensor rows) {
    this.rows.gatherRows(out, x, rows);
  }

  @Override
  public void copyBlocks(List<KvLayer> layers, int[] sources, int[] destinations, int count) {
    HostBlocks.copyBlocks(layers, sources, destinations, count);
  }

  @Override
  public void swapBlock(KvLayer from, int source, KvLayer to, int destination) {
    HostBlocks.swapBlock(from, source, to, destination);
  }
}
