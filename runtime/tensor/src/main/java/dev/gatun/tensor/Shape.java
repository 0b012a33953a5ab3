package dev.gatun.tensor;

import java.util.Arrays;

/** Dimensions of a tensor, outermost first. Immutable; the number of elements fits a long. */
public final class Shape {
  private final long[] dims;
  private final long numElements;

  private Shape(long[] dims) {
    long product = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException("negative dimension in " + Arrays.toString(dims));
      }
      product = multiply(product, dim, dims);
    }
    this.dims = dims;
    this.numElements = product;
  }

  /**
   * Makes a shape.
   *
   * @throws IllegalArgumentException if a dimension is negative or the product overflows a long
   */
  public static Shape of(long... dims) {
    return new Shape(dims.clone());
  }

  private static long multiply(long product, long dim, long[] dims) {
    try {
      return Math.multiplyExact(product, dim);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("too many elements in " + Arrays.toString(dims), e);
    }
  }

  public int rank() {
    return dims.length;
  }

  public long dim(int axis) {
    return dims[axis];
  }

  public long numElements() {
    return numElements;
  }

  /** Elements below one index of the first dimension; 1 for rank 0 and 1. */
  public long rowElements() {
    long product = 1;
    for (int axis = 1; axis < dims.length; axis++) {
      product *= dims[axis];
    }
    return product;
  }

  public long[] toArray() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
