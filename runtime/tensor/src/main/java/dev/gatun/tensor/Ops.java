package dev.gatun.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fused operations a decoder is made of. Each writes into given tensors and allocates nothing.
 *
 * <p>Issued by one thread at a time, in order; a device backend may run them later, in that order.
 * Unless an op says otherwise: activations are rank 2, {@code [numTokens, features]}, F32 or the
 * backend's own activation type, rows may be strided ({@link Tensor#columns}); norm weights and
 * tables are F32, F16 or BF16; sums are kept in F32; out may be the same tensor as an input of the
 * same shape. The result of a row never depends on which other rows are in the call (same reduction
 * order), which is what makes a request's greedy text independent of its batch.
 *
 * <p>I32 arguments (ids, positions, slots, rows) are at least as long as there are rows to compute;
 * what lies behind is not read.
 *
 * <p>Every op throws IllegalArgumentException on shapes or types that do not fit, naming both, and
 * on an id, position, slot or block outside its table, naming the value and the limit. What was
 * already written to out by then is undefined. A device is not waited for: integers come from a
 * batch or {@link Backend#place}, no op writes them, and the host checks its own copy of them.
 */
public interface Ops {

  /** out[t] = table[ids[t]] * scale. table {@code [vocabSize, hiddenSize]}, ids I32. */
  void embed(Tensor out, Tensor table, Tensor ids, float scale);

  /**
   * out = x / sqrt(mean(x^2) + eps) * (weight + weightOffset), per row; weight {@code
   * [hiddenSize]}.
   */
  void rmsNorm(Tensor out, Tensor x, Tensor weight, float weightOffset, float eps);

  /** residual += x, then out = rmsNorm(residual). out must not alias residual. */
  void addRmsNorm(
      Tensor out, Tensor residual, Tensor x, Tensor weight, float weightOffset, float eps);

  /** out = (x - mean) / sqrt(variance + eps) * weight + bias, per row. */
  void layerNorm(Tensor out, Tensor x, Tensor weight, @Nullable Tensor bias, float eps);

  /**
   * out = x weight^T + bias. x {@code [rows, inFeatures]}, out {@code [rows, outFeatures]}; out
   * must not alias x.
   */
  void linear(Tensor out, Tensor x, LinearWeight weight);

  /**
   * rmsNorm over each head in place. heads {@code [numTokens, numHeads * headDim]}, weight {@code
   * [headDim]}.
   */
  void qkNorm(Tensor heads, Tensor weight, float weightOffset, float eps);

  /**
   * Rotates each head in place, Hugging Face's half-split layout: with r = rotaryDim / 2 and c, s
   * the first and second half of cosSin[position], (x[i], x[i + r]) becomes (x[i] c[i] - x[i + r]
   * s[i], x[i + r] c[i] + x[i] s[i]) for i < r; elements from rotaryDim on are left alone.
   *
   * @param heads {@code [numTokens, numHeads * headDim]}
   * @param positions I32, rows of cosSin
   * @param cosSin F32 {@code [maxPositions, rotaryDim]}
   */
  void rope(Tensor heads, int headDim, Tensor positions, Tensor cosSin);

  /**
   * Writes k and v, each {@code [numTokens, numKvHeads * headDim]}, to the slots of slotMapping.
   */
  void storeKv(KvLayer cache, Tensor k, Tensor v, Tensor slotMapping);

  /**
   * {@link #rope} of q and of k, then {@link #storeKv} of k and v, to the same bits in q and in the
   * cache; k is undefined afterwards. A backend may do it in one pass where q, k and v are
   * neighbouring columns of one matrix.
   */
  default void ropeStoreKv(
      KvLayer cache,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor positions,
      Tensor cosSin,
      Tensor slotMapping) {
    rope(q, cache.headDim(), positions, cosSin);
    rope(k, cache.headDim(), positions, cosSin);
    storeKv(cache, k, v, slotMapping);
  }

  /**
   * Causal attention through the block tables, any mix of query lengths. q and out {@code
   * [numTokens, numHeads * headDim]}, as many rows as the batch has tokens. The scheduled tokens'
   * own KV has been stored before.
   *
   * <p>The bits of a token's row depend on its sequence alone, not on how the sequence was cut into
   * chunks or where its blocks lie. Slots outside the attended positions may hold anything, NaN
   * included, and table entries that lie wholly before the window are not read.
   */
  void pagedAttention(
      Tensor out, Tensor q, KvLayer cache, AttentionBatch batch, AttentionParams params);

  /**
   * out = activation(gate) * up; gateUp {@code [numTokens, 2 * intermediateSize]}, gate first. out
   * may be gate's columns.
   */
  void gatedActivation(Tensor out, Tensor gateUp, Activation activation);

  /** out = activation(x). */
  void activation(Tensor out, Tensor x, Activation activation);

  /** out = a + b. */
  void add(Tensor out, Tensor a, Tensor b);

  /** out[i] = x[rows[i]]; rows I32. out must not alias x. */
  void gatherRows(Tensor out, Tensor x, Tensor rows);

  /**
   * Copies whole blocks in every layer. No destination is also a source.
   *
   * @param sources block ids, the first {@code count} are used
   * @param destinations block ids, parallel to sources
   */
  void copyBlocks(List<KvLayer> layers, int[] sources, int[] destinations, int count);

  /**
   * Copies one block of a layer between the KV cache and memory of {@link Backend#allocateHost}, in
   * either direction; in order with all other ops. Both have blocks of the same shape and type.
   */
  void swapBlock(KvLayer from, int source, KvLayer to, int destination);
}
