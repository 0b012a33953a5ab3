package dev.gatun.engine.kv;

/**
 * The blocks of one sequence in order of position: token p lives in slot {@code blockId(p /
 * blockSize) * blockSize + p % blockSize}. Storage for the longest sequence is claimed once; tables
 * are reused. Only {@link KvCacheManager} changes one. Engine thread only.
 */
public final class BlockTable {
  private final int blockSize;
  private final int[] blockIds;
  private int numBlocks;

  /**
   * Leading blocks that the prefix cache has seen, and the serial under which it knows the last.
   */
  private int numSeenBlocks;

  private long lastSerial = PrefixCache.ROOT;

  BlockTable(int blockSize, int maxBlocks) {
    this.blockSize = blockSize;
    this.blockIds = new int[maxBlocks];
  }

  public int numBlocks() {
    return numBlocks;
  }

  /** Longest this table can become, in blocks. */
  public int maxBlocks() {
    return blockIds.length;
  }

  /** Id of the block that holds positions {@code [index * blockSize, (index + 1) * blockSize)}. */
  public int blockId(int index) {
    Invariant.check(index < numBlocks, "index below the table's length", index, numBlocks);
    return blockIds[index];
  }

  /** Slot of the token at this position, over the whole pool. */
  public int slot(int position) {
    return blockId(position / blockSize) * blockSize + position % blockSize;
  }

  void append(int blockId) {
    blockIds[numBlocks++] = blockId;
  }

  int removeLast() {
    if (--numBlocks < numSeenBlocks) {
      // Tables are only ever emptied, so what the cache knows of it starts anew as well.
      numSeenBlocks = 0;
      lastSerial = PrefixCache.ROOT;
    }
    return blockIds[numBlocks];
  }

  int numSeenBlocks() {
    return numSeenBlocks;
  }

  long lastSerial() {
    return lastSerial;
  }

  void markSeen(long serial) {
    numSeenBlocks++;
    lastSerial = serial;
  }
}
