package dev.gatun.engine.runner;

import dev.gatun.engine.kv.BlockCopies;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.KvLayer;
import dev.gatun.tensor.Ops;
import java.util.List;

/** Makes the copies of a step between KV cache and swap space. One thread at a time. */
final class BlockSwapper {
  private final Ops ops;
  private final List<KvLayer> cache;
  private final List<KvLayer> swapSpace;

  /** With the layers of both, in the same order; the swap space has none if there is none. */
  BlockSwapper(Backend backend, List<KvLayer> cache, List<KvLayer> swapSpace) {
    ops = backend.ops();
    this.cache = cache;
    this.swapSpace = swapSpace;
  }

  /** Copies in order; returns the nanoseconds that took. */
  long copy(BlockCopies copies) {
    if (copies.size() == 0) {
      return 0;
    }
    long start = System.nanoTime();
    for (int i = 0; i < copies.size(); i++) {
      copy(copies, i);
    }
    return System.nanoTime() - start;
  }

  private void copy(BlockCopies copies, int i) {
    for (int layer = 0; layer < cache.size(); layer++) {
      if (copies.isOut(i)) {
        ops.swapBlock(cache.get(layer), copies.blockId(i), swapSpace.get(layer), copies.slot(i));
      } else {
        ops.swapBlock(swapSpace.get(layer), copies.slot(i), cache.get(layer), copies.blockId(i));
      }
    }
  }
}
