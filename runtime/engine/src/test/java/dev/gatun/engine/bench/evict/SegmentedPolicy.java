package dev.gatun.engine.bench.evict;

/** Blocks never found stand on probation, those found again are protected; both lists are LRU. */
final class SegmentedPolicy implements EvictionPolicy {
  private static final int PROBATION = 1;
  private static final int PROTECTED = 2;

  private final BlockList free;
  private final boolean[] wasHit;
  private final long[] freedAt;
  private final int maxProbation;
  private final int maxProtected;
  private long clock;

  /**
   * Makes it.
   *
   * @param probationShare of the pool: more free blocks on probation than this are evicted first;
   *     up to it, whichever of both lists has the older block
   * @param protectedShare of the pool: the oldest of more protected free blocks than this go back
   *     to probation
   */
  SegmentedPolicy(int numBlocks, double probationShare, double protectedShare) {
    free = new BlockList(numBlocks, 2);
    wasHit = new boolean[numBlocks + 1];
    freedAt = new long[numBlocks + 1];
    maxProbation = (int) (probationShare * numBlocks);
    maxProtected = (int) (protectedShare * numBlocks);
  }

  @Override
  public void cached(int block, int key) {
    wasHit[block] = false;
  }

  @Override
  public void hit(int block) {
    wasHit[block] = true;
  }

  @Override
  public void freed(int block) {
    freedAt[block] = ++clock;
    free.append(wasHit[block] ? PROTECTED : PROBATION, block);
    if (free.size(PROTECTED) > maxProtected) {
      int oldest = free.removeFirst(PROTECTED);
      wasHit[oldest] = false;
      freedAt[oldest] = ++clock;
      free.append(PROBATION, oldest);
    }
  }

  @Override
  public void removed(int block) {
    free.remove(block);
  }

  @Override
  public int evict() {
    boolean hasProbation = free.size(PROBATION) > 0;
    boolean takesProbation =
        free.size(PROTECTED) == 0
            || free.size(PROBATION) > maxProbation
            || (hasProbation && freedAt[free.first(PROBATION)] < freedAt[free.first(PROTECTED)]);
    return free.removeFirst(takesProbation ? PROBATION : PROTECTED);
  }
}
