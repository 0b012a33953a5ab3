package dev.gatun.engine.bench.evict;

/**
 * Least recently used first, but shared blocks live up to {@code weight} times as long as others.
 * Shared are those that were found, or only those behind which sequences went different ways: the
 * turns of a conversation find blocks but never branch.
 */
final class AgedPolicy implements EvictionPolicy {
  private static final int PLAIN = 1;
  private static final int SHARED = 2;

  private final BlockList free;
  private final boolean[] isShared;
  private final boolean needsBranch;
  private final long[] freedAt;
  private final int weight;
  private long clock;

  AgedPolicy(int numBlocks, boolean needsBranch, int weight) {
    this.needsBranch = needsBranch;
    this.weight = weight;
    free = new BlockList(numBlocks, 2);
    isShared = new boolean[numBlocks + 1];
    freedAt = new long[numBlocks + 1];
  }

  @Override
  public void cached(int block, int key) {
    isShared[block] = false;
  }

  @Override
  public void hit(int block) {
    isShared[block] |= !needsBranch;
  }

  @Override
  public void branched(int block) {
    isShared[block] = true;
  }

  @Override
  public void freed(int block) {
    freedAt[block] = ++clock;
    free.append(isShared[block] ? SHARED : PLAIN, block);
  }

  @Override
  public void removed(int block) {
    free.remove(block);
  }

  @Override
  public int evict() {
    if (free.size(PLAIN) == 0) {
      return free.removeFirst(SHARED);
    }
    if (free.size(SHARED) == 0) {
      return free.removeFirst(PLAIN);
    }
    long plainAge = clock - freedAt[free.first(PLAIN)];
    long sharedAge = clock - freedAt[free.first(SHARED)];
    return free.removeFirst(sharedAge > weight * plainAge ? SHARED : PLAIN);
  }
}
