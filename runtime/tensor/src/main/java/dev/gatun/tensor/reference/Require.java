package dev.gatun.tensor.reference;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;

/** Argument checks of the ops. Messages are built on failure only. */
final class Require {
  private Require() {}

  /** An F32 tensor of rank 2. */
  static void activation(String what, Tensor tensor) {
    if (tensor.dtype() != DType.F32 || tensor.shape().rank() != 2) {
      throw new IllegalArgumentException(what + " " + tensor + " is not F32 of rank 2");
    }
  }

  /** An F32 tensor of the shape {@code [rows, columns]}. */
  static void activation(String what, Tensor tensor, long rows, long columns) {
    activation(what, tensor);
    if (tensor.shape().dim(0) != rows || tensor.shape().dim(1) != columns) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not " + Shape.of(rows, columns));
    }
  }

  /** F32, F16 or BF16 of the shape {@code [length]}. */
  static void vector(String what, Tensor tensor, int length) {
    if (!tensor.dtype().isFloat() || tensor.shape().rank() != 1 || tensor.numRows() != length) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not F32, F16 or BF16" + Shape.of(length));
    }
  }

  /** F32, F16 or BF16 of rank 2 with rows of the given length. */
  static void table(String what, Tensor tensor, int rowLength) {
    if (!tensor.dtype().isFloat()
        || tensor.shape().rank() != 2
        || tensor.rowLength() != rowLength) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not F32, F16 or BF16 with rows of " + rowLength);
    }
  }

  /** I32 of rank 1 with at least {@code count} entries. */
  static void indices(String what, Tensor tensor, int count) {
    if (tensor.dtype() != DType.I32 || tensor.shape().rank() != 1 || tensor.numRows() < count) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not I32 with at least " + count + " entries");
    }
  }

  /** A value in {@code [0, limit)}; returned for use in an expression. */
  static int index(String what, int value, int limit) {
    if (value < 0 || value >= limit) {
      throw new IllegalArgumentException(what + " " + value + " is not in [0, " + limit + ")");
    }
    return value;
  }

  /** A whole number of heads. */
  static void heads(String what, Tensor tensor, int headDim) {
    activation(what, tensor);
    if (headDim < 1 || tensor.rowLength() % headDim != 0) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not a whole number of heads of " + headDim);
    }
  }
}
