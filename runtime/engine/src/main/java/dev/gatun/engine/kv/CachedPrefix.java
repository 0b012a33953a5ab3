package dev.gatun.engine.kv;

/**
 * The cached blocks with which a sequence may start, found by {@link KvCacheManager#findPrefix}.
 * Valid until blocks are allocated, taken or freed; reused from one search to the next. Engine
 * thread only.
 */
public final class CachedPrefix {
  private final int[] blockIds;
  private int numBlocks;
  private int numReferenced;

  CachedPrefix(int maxBlocks) {
    blockIds = new int[maxBlocks];
  }

  public int numBlocks() {
    return numBlocks;
  }

  /** Blocks among them that running sequences hold, so that sharing them takes none of the free. */
  public int numReferenced() {
    return numReferenced;
  }

  int blockId(int index) {
    return blockIds[index];
  }

  void clear() {
    numBlocks = 0;
    numReferenced = 0;
  }

  void add(int blockId, boolean isReferenced) {
    blockIds[numBlocks++] = blockId;
    numReferenced += isReferenced ? 1 : 0;
  }
}
