package dev.gatun.cuda;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;

/**
 * Checks that tensors are activations: F32 or the backend's own type, and all of an op the same.
 * Messages are built on failure only. Immutable.
 */
record Activations(DType own) {

  /** Of rank 2. */
  void check(String what, Tensor tensor) {
    boolean isType = tensor.dtype() == DType.F32 || tensor.dtype() == own;
    if (!isType || tensor.shape().rank() != 2) {
      throw new IllegalArgumentException(what + " " + tensor + " is not " + types() + " of rank 2");
    }
  }

  private String types() {
    return own == DType.F32 ? "F32" : "F32 or " + own;
  }

  /** Of the type of {@code like} and the shape {@code [rows, columns]}. */
  void check(String what, Tensor tensor, Tensor like, long rows, long columns) {
    if (tensor.dtype() != like.dtype()) {
      throw new IllegalArgumentException(what + " " + tensor + " beside " + like);
    }
    checkShape(what, tensor, rows, columns);
  }

  /** Of the shape {@code [rows, columns]}. */
  void checkShape(String what, Tensor tensor, long rows, long columns) {
    check(what, tensor);
    if (tensor.shape().dim(0) != rows || tensor.shape().dim(1) != columns) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not " + Shape.of(rows, columns));
    }
  }

  /** Of the type and shape of {@code like}. */
  void checkSame(String what, Tensor tensor, Tensor like) {
    check(what, tensor, like, like.numRows(), like.rowLength());
  }

  /** A whole number of heads. */
  void checkHeads(String what, Tensor tensor, int headDim) {
    check(what, tensor);
    if (headDim < 1 || tensor.rowLength() % headDim != 0) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not a whole number of heads of " + headDim);
    }
  }
}
