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

  private Workspace(
      ModelSpec spec,
      List<Tensor> lasting,
      List<Tensor> attention,
      List<Tensor> mlp,
      List<Tensor> head) {
    qSize = spec.attention().qSize();
    kvSize = spec.attention().kvSize();
    tokens = tokens(lasting.get(0), lasting.get(1), attention.get(0), attention.get(1), mlp.get(0));
    rows = new Rows(lasting.get(2), lasting.get(3), head.get(0));
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
   * @param activated the gate's columns of gateUp, once they have been replaced
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

  /** Exactly what {@link #allocate} takes from the backend. */
  static long bytes(ModelSpec spec, BatchLimits limits, DType activation) {
    return WorkspacePlan.of(spec, limits, activation).bytes();
  }

  static Workspace allocate(ModelSpec spec, BatchLimits limits, Backend backend) {
    WorkspacePlan plan = WorkspacePlan.of(spec, limits, backend.activationType());
    List<Tensor> lasting =
        plan.lasting().stream()
            .map(buffer -> backend.allocate(buffer.dtype(), buffer.shape(), buffer.purpose()))
            .toList();
    Shape sharedShape = Shape.of(plan.sharedBytes());
    Tensor shared = backend.allocate(DType.U8, sharedShape, plan.sharedPurpose());
    return new Workspace(
        spec,
        lasting,
        WorkspacePlan.place(plan.attention(), shared),
        WorkspacePlan.place(plan.mlp(), shared),
        WorkspacePlan.place(plan.head(), shared));
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
              tokens.gateUp().rows(0, numTokens));
      tokenViews[numTokens] = views;
    }
    return views;
  }

  private Tokens tokens(Tensor residual, Tensor x, Tensor qkv, Tensor attention, Tensor gateUp) {
    return new Tokens(
        residual,
        x,
        qkv,
        qkv.columns(0, qSize),
        qkv.columns(qSize, qSize + kvSize),
        qkv.columns(qSize + kvSize, qSize + 2L * kvSize),
        attention,
        gateUp,
        gateUp.columns(0, gateUp.rowLength() / 2));
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
