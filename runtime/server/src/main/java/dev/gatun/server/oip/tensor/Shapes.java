package dev.gatun.server.oip.tensor;

import dev.gatun.engine.api.ServingException;
import java.util.List;

/** Sizes that follow from a shape, without overflow. */
public final class Shapes {
  /** Most dimensions of a tensor. */
  public static final int MAX_RANK = 100;

  private Shapes() {}

  /** Refuses a shape by its number of dimensions, before anything is made of it. */
  public static void checkRank(int rank, String where) {
    if (rank > MAX_RANK) {
      throw ServingException.invalid(
          "shape of " + where + " has " + rank + " dimensions, at most " + MAX_RANK);
    }
  }

  /**
   * The product of the sizes: 1 for an empty shape, 0 if any size is 0.
   *
   * @param where names the tensor in messages
   */
  public static long numElements(List<Long> shape, String where) {
    boolean isEmpty = false;
    for (long size : shape) {
      if (size < 0) {
        throw ServingException.invalid(
            "shape " + shape + " of " + where + " has a negative size: " + size);
      }
      isEmpty |= size == 0;
    }
    if (isEmpty) {
      return 0;
    }
    long product = 1;
    try {
      for (long size : shape) {
        product = Math.multiplyExact(product, size);
      }
    } catch (ArithmeticException _) {
      throw ServingException.invalid(
          "shape " + shape + " of " + where + " has more elements than 64 bits can count");
    }
    return product;
  }

  /** Bytes of a tensor of fixed-size elements. */
  public static long numBytes(long numElements, Datatype datatype, String where) {
    try {
      return Math.multiplyExact(numElements, (long) datatype.elementBytes());
    } catch (ArithmeticException _) {
      throw ServingException.invalid(
          numElements + " elements of " + datatype + " of " + where + " exceed 64 bits of bytes");
    }
  }
}
