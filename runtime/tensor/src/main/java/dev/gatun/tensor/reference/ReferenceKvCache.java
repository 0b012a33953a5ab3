package dev.gatun.tensor.reference;

import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Ops that write the KV cache: storeKv and copyBlocks. Engine thread. */
final class ReferenceKvCache {
  private final FloatScratch rowScratch = new FloatScratch();

  void storeKv(KvLayer cache, Tensor k, Tensor v, Tensor slotMapping) {
    int rowLength = cache.numKvHeads() * cache.headDim();
    Require.activation("storeKv k", k, k.numRows(), rowLength);
    Require.activation("storeKv v", v, k.numRows(), rowLength);
    Require.indices("storeKv slotMapping", slotMapping, k.numRows());
    int numSlots = Math.multiplyExact(cache.numBlocks(), cache.blockSize());

    float[] row = rowScratch.atLeast(rowLength);
    for (int t = 0; t < k.numRows(); t++) {
      int slot = Require.index("storeKv: slot", slotMapping.getInt(t), numSlots);
      int block = slot / cache.blockSize();
      int offset = slot % cache.blockSize() * rowLength;
      k.readFloats(t, 0, row, 0, rowLength);
      cache.keys().writeFloats(block, offset, row, 0, rowLength);
      v.readFloats(t, 0, row, 0, rowLength);
      cache.values().writeFloats(block, offset, row, 0, rowLength);
    }
  }

  void copyBlocks(List<KvLayer> layers, int[] sources, int[] destinations, int count) {
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
