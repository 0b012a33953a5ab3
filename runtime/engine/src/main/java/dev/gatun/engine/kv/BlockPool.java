package dev.gatun.engine.kv;

import java.util.Arrays;

/**
 * Reference counts of all blocks and the queue of the free ones.
 *
 * <p>Ids run from 1 to numBlocks. Block 0 is the null block: it is never handed out, so id 0 in a
 * padded block table reads and writes nowhere that matters, and its list entry serves as both ends
 * of the free queue:
 *
 * <pre>
 *   0 (null block) -> oldest free -> ... -> freed last -> 0
 *        allocate takes here ^          release appends here ^
 * </pre>
 *
 * Taking the block that has been free longest keeps the contents of recently freed ones alive as
 * long as possible; a block without contents of use is released to the front instead. A free block
 * whose contents are wanted again is shared: taken out from wherever it stands. Engine thread only.
 */
public final class BlockPool {

  /** Never allocated; stands for no block. */
  public static final int NULL_BLOCK = 0;

  private final int numBlocks;
  private final int[] refCounts;
  private final int[] previous;
  private final int[] next;
  private int numFree;

  /**
   * Makes a pool with every block free.
   *
   * @param numBlocks without the null block, >= 1
   */
  public BlockPool(int numBlocks) {
    if (numBlocks < 1) {
      throw new IllegalArgumentException("a pool needs a block, got " + numBlocks);
    }
    this.numBlocks = numBlocks;
    refCounts = new int[numBlocks + 1];
    previous = new int[numBlocks + 1];
    next = new int[numBlocks + 1];
    for (int id = 1; id <= numBlocks; id++) {
      insertFree(id, previous[NULL_BLOCK]);
    }
  }

  /** Blocks in the pool, without the null block. */
  public int numBlocks() {
    return numBlocks;
  }

  /** Blocks nobody refers to. */
  public int numFree() {
    return numFree;
  }

  /** Takes the block that has been free longest; its reference count becomes 1. */
  public int allocate() {
    Invariant.check(numFree > 0, "a free block of the pool's", numFree, numBlocks);
    int id = next[NULL_BLOCK];
    unlinkFree(id);
    Invariant.check(refCounts[id] == 0, "no reference to free block", refCounts[id], id);
    refCounts[id] = 1;
    return id;
  }

  public boolean isFree(int id) {
    return refCounts[id] == 0;
  }

  /** Whether more than one sequence refers to it. */
  boolean isShared(int id) {
    return refCounts[id] > 1;
  }

  /** Adds a reference; a free block leaves the queue. */
  public void share(int id) {
    Invariant.check(id != NULL_BLOCK, "a block to share", id, numBlocks);
    if (refCounts[id] == 0) {
      unlinkFree(id);
    }
    refCounts[id]++;
  }

  /** Gives one reference back; the last one frees the block, to be reused last. */
  public void release(int id) {
    if (dropReference(id)) {
      insertFree(id, previous[NULL_BLOCK]);
    }
  }

  /** Gives one reference back; the last one frees the block, to be reused first. */
  public void releaseToFront(int id) {
    if (dropReference(id)) {
      insertFree(id, NULL_BLOCK);
    }
  }

  private boolean dropReference(int id) {
    Invariant.check(id != NULL_BLOCK && refCounts[id] > 0, "a referenced block", id, refCounts[id]);
    return --refCounts[id] == 0;
  }

  /** The null block as {@code after} makes it the first of the queue. */
  private void insertFree(int id, int after) {
    int before = next[after];
    next[after] = id;
    previous[id] = after;
    next[id] = before;
    previous[before] = id;
    numFree++;
  }

  private void unlinkFree(int id) {
    next[previous[id]] = next[id];
    previous[next[id]] = previous[id];
    numFree--;
  }

  /**
   * Compares the counts with the references that block tables really hold, and the free queue with
   * the counts.
   *
   * @param references per block id, how many tables name it; {@code [numBlocks + 1]}
   * @throws IllegalStateException if they differ
   */
  void checkIntegrity(int[] references) {
    Invariant.check(references[NULL_BLOCK] == 0, "null block in no table", references[0], 0);
    for (int id = 1; id <= numBlocks; id++) {
      Invariant.check(
          refCounts[id] == references[id],
          "ref count equal to references of block " + id,
          refCounts[id],
          references[id]);
    }
    int numUnreferenced = (int) Arrays.stream(refCounts).filter(count -> count == 0).count() - 1;
    Invariant.check(numFree == numUnreferenced, "free = unreferenced", numFree, numUnreferenced);
    int numQueued = 0;
    for (int id = next[NULL_BLOCK]; id != NULL_BLOCK; id = next[id]) {
      Invariant.check(refCounts[id] == 0, "queued block unreferenced", id, refCounts[id]);
      Invariant.check(previous[next[id]] == id, "links agree after", id, previous[next[id]]);
      numQueued++;
      Invariant.check(numQueued <= numFree, "free queue without cycle", numQueued, numFree);
    }
    Invariant.check(numQueued == numFree, "queue holds all free blocks", numQueued, numFree);
  }
}
