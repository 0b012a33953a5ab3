package dev.gatun.engine.kv;

import java.util.ArrayList;
import java.util.List;

/**
 * Gives blocks to sequences and takes them back. Block tables are made here at start, one per
 * request that may run at once, so that integrity can be judged over all of them. Engine thread
 * only.
 */
public final class KvCacheManager {
  private final BlockPool pool;
  private final int blockSize;
  private final List<BlockTable> tables = new ArrayList<>();

  /**
   * Makes a cache of {@code numBlocks} free blocks.
   *
   * @param numBlocks without the null block
   * @param blockSize tokens per block, >= 1
   */
  public KvCacheManager(int numBlocks, int blockSize) {
    if (blockSize < 1 || (numBlocks + 1L) * blockSize > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "slots must be ints: " + numBlocks + " blocks of " + blockSize + " tokens");
    }
    this.pool = new BlockPool(numBlocks);
    this.blockSize = blockSize;
  }

  /** An empty table for a sequence of up to {@code maxTokens} tokens. Called at start. */
  public BlockTable newTable(int maxTokens) {
    BlockTable table = new BlockTable(blockSize, numBlocksFor(maxTokens));
    tables.add(table);
    return table;
  }

  public int blockSize() {
    return blockSize;
  }

  public int numBlocks() {
    return pool.numBlocks();
  }

  public int numFreeBlocks() {
    return pool.numFree();
  }

  /** Blocks that a sequence of this many tokens occupies. */
  public int numBlocksFor(int numTokens) {
    return (int) ((numTokens + (blockSize - 1L)) / blockSize);
  }

  /**
   * Makes sure that the table has slots for the first {@code numTokens} tokens of its sequence.
   *
   * @return false on shortage; then nothing has changed
   */
  public boolean allocateSlots(BlockTable table, int numTokens) {
    int numMissing = numBlocksFor(numTokens) - table.numBlocks();
    Invariant.check(
        table.numBlocks() + numMissing <= table.maxBlocks(),
        "blocks within the table",
        table.numBlocks() + numMissing,
        table.maxBlocks());
    if (numMissing > pool.numFree()) {
      return false;
    }
    for (int i = 0; i < numMissing; i++) {
      table.append(pool.allocate());
    }
    return true;
  }

  /**
   * Empties the table. Last block first, so that the tail of a sequence, which is of least use to
   * others, is reused before its head.
   */
  public void free(BlockTable table) {
    while (table.numBlocks() > 0) {
      pool.release(table.removeLast());
    }
  }

  /** Blocks referenced by sequences / blocks of the pool, 0 to 1. */
  public double usage() {
    return (pool.numBlocks() - pool.numFree()) / (double) pool.numBlocks();
  }

  /**
   * Counts every reference anew and compares. Cost is that of the whole pool: for tests, failures
   * and idle moments.
   *
   * @throws IllegalStateException naming the first difference
   */
  public void checkIntegrity() {
    int[] references = new int[pool.numBlocks() + 1];
    for (BlockTable table : tables) {
      for (int i = 0; i < table.numBlocks(); i++) {
        references[table.blockId(i)]++;
      }
    }
    pool.checkIntegrity(references);
  }
}
