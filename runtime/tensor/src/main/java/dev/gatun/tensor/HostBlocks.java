package dev.gatun.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * {@link Ops#copyBlocks} and {@link Ops#swapBlock} where the cache is host memory: a copy is a copy
 * of bytes.
 */
public final class HostBlocks {
  private HostBlocks() {}

  /** Does what {@link Ops#copyBlocks} says. */
  public static void copyBlocks(
      List<KvLayer> layers, int[] sources, int[] destinations, int count) {
    checkCopies(layers, sources, destinations, count);
    for (KvLayer layer : layers) {
      for (int i = 0; i < count; i++) {
        copyRow(layer.keys(), sources[i], destinations[i]);
        copyRow(layer.values(), sources[i], destinations[i]);
      }
    }
  }

  /**
   * Passes block ids that {@link Ops#copyBlocks} takes.
   *
   * @throws IllegalArgumentException naming the value and the limit
   */
  public static void checkCopies(
      List<KvLayer> layers, int[] sources, int[] destinations, int count) {
    if (count < 0 || count > sources.length || count > destinations.length) {
      throw new IllegalArgumentException(
          "copyBlocks: count " + count + " of " + sources.length + " and " + destinations.length);
    }
    checkDisjoint(sources, destinations, count);
    for (KvLayer layer : layers) {
      for (int i = 0; i < count; i++) {
        Require.index("copyBlocks: source", sources[i], layer.numBlocks());
        Require.index("copyBlocks: destination", destinations[i], layer.numBlocks());
      }
    }
  }

  /** With a destination among the sources the result would depend on the order of copies. */
  private static void checkDisjoint(int[] sources, int[] destinations, int count) {
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        if (destinations[i] == sources[j]) {
          throw new IllegalArgumentException(
              "copyBlocks: block " + sources[j] + " is both source and destination");
        }
      }
    }
  }

  /** Does what {@link Ops#swapBlock} says. */
  public static void swapBlock(KvLayer from, int source, KvLayer to, int destination) {
    checkSwap(from, source, to, destination);
    copyRow(from.keys(), source, to.keys(), destination);
    copyRow(from.values(), source, to.values(), destination);
  }

  /**
   * Passes what {@link Ops#swapBlock} takes.
   *
   * @throws IllegalArgumentException naming the value and the limit
   */
  public static void checkSwap(KvLayer from, int source, KvLayer to, int destination) {
    if (from.keys().rowLength() != to.keys().rowLength()
        || from.blockSize() != to.blockSize()
        || from.keys().dtype() != to.keys().dtype()) {
      throw new IllegalArgumentException(
          "swapBlock: blocks of " + from.keys() + " and of " + to.keys());
    }
    Require.index("swapBlock: source", source, from.numBlocks());
    Require.index("swapBlock: destination", destination, to.numBlocks());
  }

  private static void copyRow(Tensor tensor, int source, int target) {
    copyRow(tensor, source, tensor, target);
  }

  private static void copyRow(Tensor from, int source, Tensor to, int target) {
    long bytes = (long) from.rowLength() * from.dtype().bytes();
    MemorySegment.copy(from.data(), source * bytes, to.data(), target * bytes, bytes);
  }
}
