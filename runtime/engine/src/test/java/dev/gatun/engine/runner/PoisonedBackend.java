package dev.gatun.engine.runner;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BatchLimits;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.MemoryFacts;
import dev.gatun.tensor.Op;
import dev.gatun.tensor.Ops;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;

/**
 * A backend whose logits at one position go bad, in whatever batch and row they are computed, as an
 * overflow in a model makes them.
 */
public final class PoisonedBackend implements Backend {
  private final Backend backend;
  private final int poisonedPosition;
  private final float poison;
  private int poisonedRow;

  /** Poisons one element of the row of every sequence that reaches the position. */
  public PoisonedBackend(Backend backend, int poisonedPosition, float poison) {
    this.backend = backend;
    this.poisonedPosition = poisonedPosition;
    this.poison = poison;
  }

  @Override
  public void upload(AttentionBatch batch) {
    poisonedRow = -1;
    for (int row = 0; row < batch.numLogitRows(); row++) {
      if (batch.positions().getInt(batch.logitRows().getInt(row)) == poisonedPosition) {
        poisonedRow = row;
      }
    }
    backend.upload(batch);
  }

  @Override
  public Tensor readRows(Tensor tensor, int numRows) {
    Tensor rows = backend.readRows(tensor, numRows);
    if (poisonedRow >= 0) {
      rows.setFloat(poisonedRow, tensor.rowLength() / 2, poison);
    }
    return rows;
  }

  @Override
  public void readFloats(Tensor tensor, int row, float[] out) {
    backend.readFloats(tensor, row, out);
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public MemoryFacts memoryFacts() {
    return backend.memoryFacts();
  }

  @Override
  public boolean supports(Op op, WeightFormat format) {
    return backend.supports(op, format);
  }

  @Override
  public DType activationType() {
    return backend.activationType();
  }

  @Override
  public Tensor allocate(DType dtype, Shape shape, String purpose) {
    return backend.allocate(dtype, shape, purpose);
  }

  @Override
  public Tensor place(Tensor mapped) {
    return backend.place(mapped);
  }

  @Override
  public LinearWeight placeLinear(LinearSource source) {
    return backend.placeLinear(source);
  }

  @Override
  public long placementBytes(LinearSource source) {
    return backend.placementBytes(source);
  }

  @Override
  public AttentionBatch newBatch(BatchLimits limits) {
    return backend.newBatch(limits);
  }

  @Override
  public Ops ops() {
    return backend.ops();
  }

  @Override
  public void close() {
    backend.close();
  }
}
