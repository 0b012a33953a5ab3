package dev.gatun.engine.bench.evict;

/**
 * Least recently used first, as the free queue does it, with further chances for blocks that were
 * found.
 */
final class LruPolicy implements EvictionPolicy {
  private final BlockList free;
  private final int maxChances;
  private final int[] chances;

  /**
   * Plain LRU or CLOCK.
   *
   * @param maxChances a block goes round as often as it was found, at most this often; 0 for LRU
   */
  LruPolicy(int numBlocks, int maxChances) {
    this.maxChances = maxChances;
    free = new BlockList(numBlocks, 1);
    chances = new int[numBlocks + 1];
  }

  @Override
  public void cached(int block, int key) {
    chances[block] = 0;
  }

  @Override
  public void hit(int block) {
    chances[block] = Math.min(maxChances, chances[block] + 1);
  }

  @Override
  public void freed(int block) {
    free.append(1, block);
  }

  @Override
  public void removed(int block) {
    free.remove(block);
  }

  @Override
  public int evict() {
    int block = free.removeFirst(1);
    while (chances[block] > 0) {
      chances[block]--;
      free.append(1, block);
      block = free.removeFirst(1);
    }
    return block;
  }
}
