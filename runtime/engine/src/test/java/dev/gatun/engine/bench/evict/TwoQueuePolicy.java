package dev.gatun.engine.bench.evict;

/**
 * 2Q: new blocks pass a FIFO of a quarter of the pool; those whose key comes again after that,
 * remembered in ghosts of half of the pool, go to an LRU queue.
 */
final class TwoQueuePolicy implements EvictionPolicy {
  private static final int IN = 1;
  private static final int MAIN = 2;

  private final BlockList free;
  private final Ghosts ghosts;
  private final int[] keys;
  private final int[] homes;
  private final int maxIn;

  TwoQueuePolicy(int numBlocks) {
    free = new BlockList(numBlocks, 2);
    ghosts = new Ghosts(numBlocks / 2);
    keys = new int[numBlocks + 1];
    homes = new int[numBlocks + 1];
    maxIn = numBlocks / 4;
  }

  @Override
  public void cached(int block, int key) {
    keys[block] = key;
    homes[block] = ghosts.remove(key) ? MAIN : IN;
  }

  @Override
  public void freed(int block) {
    free.append(homes[block], block);
  }

  @Override
  public void removed(int block) {
    free.remove(block);
  }

  @Override
  public int evict() {
    if (free.size(IN) > 0 && (free.size(IN) > maxIn || free.size(MAIN) == 0)) {
      int block = free.removeFirst(IN);
      ghosts.add(keys[block]);
      return block;
    }
    return free.removeFirst(MAIN);
  }
}
