package dev.gatun.tensor;

/**
 * Argument checks of the ops, for backends whose activations are F32. Messages are built on failure
 * only. Each throws IllegalArgumentException naming what was given and what was expected.
 */
public final class Require {
  private Require() {}

  /** An F32 tensor of rank 2. */
  public static void activation(String what, Tensor tensor) {
    if (tensor.dtype() != DType.F32 || tensor.shape().rank() != 2) {
      throw new IllegalArgumentException(what + " " + tensor + " is not F32 of rank 2");
    }
  }

  /** An F32 tensor of the shape {@code [rows, columns]}. */
  public static void activation(String what, Tensor tensor, long rows, long columns) {
    activation(what, tensor);
    if (tensor.shape().dim(0) != rows || tensor.shape().dim(1) != columns) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not " + Shape.of(rows, columns));
    }
  }

  /** F32, F16 or BF16 of the shape {@code [length]}. */
  public static void vector(String what, Tensor tensor, int length) {
    if (!tensor.dtype().isFloat() || tensor.shape().rank() != 1 || tensor.numRows() != length) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not F32, F16 or BF16" + Shape.of(length));
    }
  }

  /** F32, F16 or BF16 of rank 2 with rows of the given length. */
  public static void table(String what, Tensor tensor, int rowLength) {
    if (!tensor.dtype().isFloat()
        || tensor.shape().rank() != 2
        || tensor.rowLength() != rowLength) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not F32, F16 or BF16 with rows of " + rowLength);
    }
  }

  /** I32 of rank 1 with at least {@code count} entries. */
  public static void indices(String what, Tensor tensor, int count) {
    if (tensor.dtype() != DType.I32 || tensor.shape().rank() != 1 || tensor.numRows() < count) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not I32 with at least " + count + " entries");
    }
  }

  /** A value in {@code [0, limit)}; returned for use in an expression. */
  public static int index(String what, int value, int limit) {
    if (value < 0 || value >= limit) {
      throw new IllegalArgumentException(what + " " + value + " is not in [0, " + limit + ")");
    }
    return value;
  }

  /** What {@link Backend#readFloats} is given: a row of the tensor and room for it. */
  public static void readableRow(Tensor tensor, int row, float[] out) {
    index("readFloats: row", row, tensor.numRows());
    if (out.length < tensor.rowLength()) {
      throw new IllegalArgumentException(
          "readFloats: a row of " + tensor + " into " + out.length + " floats");
    }
  }

  /** A whole number of heads. */
  public static void heads(String what, Tensor tensor, int headDim) {
    activation(what, tensor);
    if (headDim < 1 || tensor.rowLength() % headDim != 0) {
      throw new IllegalArgumentException(
          what + " " + tensor + " is not a whole number of heads of " + headDim);
    }
  }

  /** F32 of rank 2 with an even number of columns, at most headDim. */
  public static void cosSin(Tensor cosSin, int headDim) {
    int rotaryDim = cosSin.rowLength();
    if (cosSin.dtype() != DType.F32
        || cosSin.shape().rank() != 2
        || rotaryDim % 2 != 0
        || rotaryDim > headDim) {
      throw new IllegalArgumentException(
          "rope cosSin " + cosSin + " is not F32 with an even rotaryDim of at most " + headDim);
    }
  }
}
