package dev.gatun.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** {@link Ops#copyBlocks} where the cache is host memory: a copy is a copy of bytes. */
public final class HostBlocks {
  private HostBlocks() {}

  /** Does what {@link Ops#copyBlocks} says. */
  public static void copyBlocks(
      List<KvLayer> layers, int[] sources, int[] destinations, int count) {
    if (count < 0 || count > sources.length || count > destinations.length) {
      throw new IllegalArgumentException(
          "copyBlocks: count " + count + " of " + sources.length + " and " + destinations.length);
    }
    checkDisjoint(sources, destinations, count);
    for (KvLayer layer : layers) {
      for (int i = 0; i < count; i++) {
        int source = Require.index("copyBlocks: source", sources[i], layer.numBlocks());
        int target = Require.index("copyBlocks: destination", destinations[i], layer.numBlocks());
        copyRow(layer.keys(), source, target);
        copyRow(layer.values(), source, target);
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

  private static void copyRow(Tensor tensor, int source, int target) {
    MemorySegment from = tensor.rows(source, source + 1L).data();
    MemorySegment to = tensor.rows(target, target + 1L).data();
    to.copyFrom(from);
  }
}
