package dev.gatun.model.decoder;

import dev.gatun.model.spec.ModelSpec;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The activations of a decoder for the largest batch, allocated once, and views of them for the
 * batch at hand. Views are made on the first use of a size and kept, so that a running engine makes
 * none. Engine thread.
 */
final class Workspace {
  private final int qSize;
  private final int kvSize;
  private final Tokens tokens;
  private final Rows rows;
  private final @Nullable Tokens[] tokenViews;
  private final @Nullable Rows[] rowViews;

  private Workspace(ModelSpec spec, List<Tensor> memory) {
    qSize = spec.attention().qSize();
    kvSize = spec.attention().kvSize();
    tokens =
        tokens(
            memory.get(0),
            memory.get(1),
            memory.get(2),
            memory.get(3),
            memory.get(4),
            memory.get(5));
    rows = new Rows(memory.get(6), memory.get(7), memory.get(8));
    tokenViews = new Tokens[tokens.x().numRows() + 1];
    rowViews = new Rows[rows.x().numRows() + 1];
  }

  /**
   * Activations of scheduled tokens, each {@code [numTokens, ...]}.
   *
   * @param residual the residual stream, hiddenSize wide
   * @param x what goes into a sub-block and what comes out of it, hiddenSize wide
   * @param qkv q, k and v are its columns
   * @param attention output of attention, as wide as q
   * @param gateUp 2 * intermediateSize wide
   * @param activated intermediateSize wide
   */
  record Tokens(
      Tensor residual,
      Tensor x,
      Tensor qkv,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor attention,
      Tensor gateUp,
      Tensor activated) {}

  /**
   * The rows whose logits are wanted.
   *
   * @param x after the final norm the hidden states, {@code [numLogitRows, hiddenSize]}
   * @param logits F32 {@code [numLogitRows, vocabSize]}
   */
  record Rows(Tensor residual, Tensor x, Tensor logits) {}

  private record Buffer(String purpose, DType dtype, Shape shape) {
    long bytes() {
      return Math.multiplyExact(shape.numElements(), dtype.bytes());
    }
  }

  /** What is allocated, in the order in which the constructor takes it. */
  private static List<Buffer> plan(ModelSpec spec, BatchLimits limits, DType activation) {
    long numTokens = limits.maxTokens();
    long numRows = limits.maxLogitRows();
    long hidden = spec.hiddenSize();
    long intermediate = spec.mlp().intermediateSize();
    long qSize = spec.attention().qSize();
    long qkvSize = qSize + 2L * spec.attention().kvSize();
    return List.of(
        new Buffer("residual stream", activation, Shape.of(numTokens, hidden)),
        new Buffer("block input", activation, Shape.of(numTokens, hidden)),
        new Buffer("q, k and v", activation, Shape.of(numTokens, qkvSize)),
        new Buffer("attention output", activation, Shape.of(numTokens, qSize)),
        new Buffer("gate and up", activation, Shape.of(numTokens, 2 * intermediate)),
        new Buffer("gated activation", activation, Shape.of(numTokens, intermediate)),
        new Buffer("residual of logit rows", activation, Shape.of(numRows, hidden)),
        new Buffer("hidden states of logit rows", activation, Shape.of(numRows, hidden)),
        new Buffer("logits", DType.F32, Shape.of(numRows, spec.vocabSize())));
  }

  /** Exactly what {@link #allocate} takes from the backend. */
  static long bytes(ModelSpec spec, BatchLimits limits, DType activation) {
    return plan(spec, limits, activation).stream().mapToLong(Buffer::bytes).sum();
  }

  static Workspace allocate(ModelSpec spec, BatchLimits limits, Backend backend) {
    return new Workspace(
        spec,
        plan(spec, limits, backend.activationType()).stream()
            .map(buffer -> backend.allocate(buffer.dtype(), buffer.shape(), buffer.purpose()))
            .toList());
  }

  /** Views of the first rows of every activation. */
  Tokens tokens(int numTokens) {
    Tokens views = tokenViews[numTokens];
    if (views == null) {
      views =
          tokens(
              tokens.residual().rows(0, numTokens),
              tokens.x().rows(0, numTokens),
              tokens.qkv().rows(0, numTokens),
              tokens.attention().rows(0, numTokens),
              tokens.gateUp().rows(0, numTokens),
              tokens.activated().rows(0, numTokens));
      tokenViews[numTokens] = views;
    }
    return views;
  }

  private Tokens tokens(
      Tensor residual, Tensor x, Tensor qkv, Tensor attention, Tensor gateUp, Tensor activated) {
    return new Tokens(
        residual,
        x,
        qkv,
        qkv.columns(0, qSize),
        qkv.columns(qSize, qSize + kvSize),
        qkv.columns(qSize + kvSize, qSize + 2L * kvSize),
        attention,
        gateUp,
        activated);
  }

  /** Views of the first logit rows. */
  Rows rows(int numRows) {
    Rows views = rowViews[numRows];
    if (views == null) {
      views =
          new Rows(
              rows.residual().rows(0, numRows),
              rows.x().rows(0, numRows),
              rows.logits().rows(0, numRows));
      rowViews[numRows] = views;
    }
    return views;
  }

  /** All logit rows there can be. */
  Rows rows() {
    return rows;
  }
}
