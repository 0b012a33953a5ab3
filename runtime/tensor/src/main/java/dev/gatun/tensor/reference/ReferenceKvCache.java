package dev.gatun.tensor.reference;

import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Require;
import dev.gatun.tensor.Tensor;

/** storeKv. Engine thread. */
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
      int offset = slot % cache.blockSize();
      k.readFloats(t, 0, row, 0, rowLength);
      writeRow(cache, cache.keys(), block, offset, row);
      v.readFloats(t, 0, row, 0, rowLength);
      writeRow(cache, cache.values(), block, offset, row);
    }
  }

  private static void writeRow(KvLayer cache, Tensor side, int block, int offset, float[] row) {
    int headDim = cache.headDim();
    for (int head = 0; head < cache.numKvHeads(); head++) {
      long column = ((long) offset * cache.numKvHeads() + head) * cache.headWidth();
      ReferenceKvHeads.write(side, block, column, row, head * headDim, headDim);
    }
  }
}
