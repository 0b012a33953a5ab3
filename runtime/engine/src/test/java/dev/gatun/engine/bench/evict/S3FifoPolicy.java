package dev.gatun.engine.bench.evict;

/**
 * S3-FIFO for blocks that are held while used: a small queue of a tenth of the pool for new blocks,
 * a main queue in which found blocks go round, and ghosts of as many keys as the main queue holds.
 */
final class S3FifoPolicy implements EvictionPolicy {
  private static final int SMALL = 1;
  private static final int MAIN = 2;
  private static final int MAX_FREQUENCY = 3;

  private final BlockList free;
  private final Ghosts ghosts;
  private final int[] keys;
  private final int[] frequencies;
  private final int[] homes;
  private final int maxSmall;

  S3FifoPolicy(int numBlocks) {
    free = new BlockList(numBlocks, 2);
    maxSmall = numBlocks / 10;
    ghosts = new Ghosts(numBlocks - maxSmall);
    keys = new int[numBlocks + 1];
    frequencies = new int[numBlocks + 1];
    homes = new int[numBlocks + 1];
  }

  @Override
  public void cached(int block, int key) {
    keys[block] = key;
    frequencies[block] = 0;
    homes[block] = ghosts.remove(key) ? MAIN : SMALL;
  }

  @Override
  public void hit(int block) {
    frequencies[block] = Math.min(MAX_FREQUENCY, frequencies[block] + 1);
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
    while (true) {
      boolean takesSmall =
          free.size(SMALL) > 0 && (free.size(SMALL) >= maxSmall || free.size(MAIN) == 0);
      int block = free.removeFirst(takesSmall ? SMALL : MAIN);
      if (takesSmall && frequencies[block] > 0) {
        homes[block] = MAIN;
        frequencies[block] = 0;
        free.append(MAIN, block);
      } else if (!takesSmall && frequencies[block] > 0) {
        frequencies[block]--;
        free.append(MAIN, block);
      } else {
        if (takesSmall) {
          ghosts.add(keys[block]);
        }
        return block;
      }
    }
  }
}
