package dev.gatun.cuda;

import dev.gatun.tensor.KvLayer;

/**
 * What an op requires of the batch it reads. Kept with a recorded graph, because a repeated graph
 * reads whatever the batch holds and no op is there to look first.
 */
sealed interface BatchCheck {
  /** Passes, or throws IllegalArgumentException naming the value and the limit. */
  void check(DeviceBatch batch);

  /**
   * Values of an array are indices below a limit.
   *
   * @param array as {@link DeviceBatch#indexArray} numbers them
   */
  record Indices(int array, String what, int limit) implements BatchCheck {
    @Override
    public void check(DeviceBatch batch) {
      batch.checkIndices(array, what, limit);
    }
  }

  /** Block tables stay in a cache. */
  record Blocks(KvLayer cache, int window) implements BatchCheck {
    @Override
    public void check(DeviceBatch batch) {
      batch.checkBlocks(cache, window);
    }
  }
}
