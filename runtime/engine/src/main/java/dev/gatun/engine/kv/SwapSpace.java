package dev.gatun.engine.kv;

import java.util.Arrays;

/**
 * Host memory for the KV of preempted sequences, block by block, and the sequences parked in it.
 *
 * <p>A parked sequence gives its blocks back to the pool but is not copied: its blocks are watched,
 * and one is saved only when it is about to be reused for other contents. So what comes back before
 * that is neither copied nor computed again.
 *
 * <pre>
 *   park -> watched in the pool -- reused, a slot is free --> saved in a slot -> copied back
 *                |                        \- no slot is free -> lost, and all behind it
 *                \-> taken again as it is
 * </pre>
 *
 * A block shared by two parked sequences is watched for the first one only. Everything is claimed
 * at start. Engine thread only.
 */
final class SwapSpace {
  static final int NONE = -1;

  private final int blockSize;
  private final int numSlots;
  private final int[] freeSlots;
  private int numFreeSlots;

  /** By block of the pool: the parked sequence that watches it, and its place there. */
  private final int[] watchers;

  private final int[] places;

  /** By parked sequence. */
  private final int[][] blockIds;

  private final int[][] slots;
  private final int[] numTokens;
  private final int[] numSavedTokens;
  private final int[] freeIds;
  private int numFreeIds;

  private final BlockCopies copies = new BlockCopies();
  private long totalTokensOut;
  private long totalTokensIn;

  SwapSpace(int numSlots, int maxParked, int maxBlocks, int blockSize, int numPoolBlocks) {
    this.numSlots = numSlots;
    this.blockSize = blockSize;
    freeSlots = new int[numSlots];
    for (int i = 0; i < numSlots; i++) {
      freeSlots[i] = numSlots - 1 - i;
    }
    numFreeSlots = numSlots;
    watchers = new int[numPoolBlocks + 1];
    Arrays.fill(watchers, NONE);
    places = new int[numPoolBlocks + 1];
    blockIds = new int[maxParked][maxBlocks];
    slots = new int[maxParked][maxBlocks];
    numTokens = new int[maxParked];
    numSavedTokens = new int[maxParked];
    freeIds = new int[maxParked];
    for (int i = 0; i < maxParked; i++) {
      freeIds[i] = maxParked - 1 - i;
    }
    numFreeIds = maxParked;
  }

  int numSlots() {
    return numSlots;
  }

  int numFreeSlots() {
    return numFreeSlots;
  }

  /** Sequences that are parked. */
  int numParked() {
    return freeIds.length - numFreeIds;
  }

  /** Copies that the next step has to make. */
  BlockCopies copies() {
    return copies;
  }

  /** Tokens saved to the swap space since start. */
  long totalTokensOut() {
    return totalTokensOut;
  }

  /** Tokens copied back from it. */
  long totalTokensIn() {
    return totalTokensIn;
  }

  /**
   * Parks a sequence whose blocks are about to be given back.
   *
   * @param count leading tokens that have their KV in the table's blocks
   * @return what stands for it, or {@link #NONE} if too many are parked
   */
  int park(BlockTable table, int count) {
    if (numFreeIds == 0 || count == 0) {
      return NONE;
    }
    int parked = freeIds[--numFreeIds];
    numTokens[parked] = count;
    numSavedTokens[parked] = 0;
    for (int i = 0; i < numBlocks(parked); i++) {
      int id = table.blockId(i);
      blockIds[parked][i] = id;
      slots[parked][i] = NONE;
      if (watchers[id] == NONE) {
        watchers[id] = parked;
        places[id] = i;
      }
    }
    return parked;
  }

  private int numBlocks(int parked) {
    return (int) ((numTokens[parked] + (blockSize - 1L)) / blockSize);
  }

  /** The block gets other contents in the next step. */
  void onReuse(int blockId) {
    int parked = watchers[blockId];
    if (parked == NONE) {
      return;
    }
    int place = places[blockId];
    watchers[blockId] = NONE;
    if (numFreeSlots == 0) {
      truncate(parked, place);
      return;
    }
    int slot = freeSlots[--numFreeSlots];
    slots[parked][place] = slot;
    copies.addOut(blockId, slot);
    numSavedTokens[parked] += numTokensIn(parked, place);
    totalTokensOut += numTokensIn(parked, place);
  }

  private int numTokensIn(int parked, int place) {
    return Math.min(blockSize, numTokens[parked] - place * blockSize);
  }

  /** Gives up what is behind a block that is lost. */
  private void truncate(int parked, int place) {
    for (int i = place; i < numBlocks(parked); i++) {
      forget(parked, i);
    }
    numTokens[parked] = Math.min(numTokens[parked], place * blockSize);
  }

  private void forget(int parked, int place) {
    unwatch(parked, place);
    if (slots[parked][place] != NONE) {
      freeSlots[numFreeSlots++] = slots[parked][place];
      slots[parked][place] = NONE;
    }
  }

  private void unwatch(int parked, int place) {
    int id = blockIds[parked][place];
    if (watchers[id] == parked && places[id] == place) {
      watchers[id] = NONE;
    }
  }

  /** Leading tokens that were kept, if every block of them is still somewhere. */
  int numTokens(int parked) {
    return numTokens[parked];
  }

  /** Tokens of the parked sequence that were copied to the swap space. */
  int numSavedTokens(int parked) {
    return numSavedTokens[parked];
  }

  boolean isSaved(int parked, int place) {
    return slots[parked][place] != NONE;
  }

  /** Whether the pool still holds the block as it was. */
  boolean isWatched(int parked, int place) {
    int id = blockIds[parked][place];
    return watchers[id] == parked && places[id] == place;
  }

  /** The block of the pool in which it was. */
  int blockId(int parked, int place) {
    return blockIds[parked][place];
  }

  /** What is taken from the pool now is not to be saved any more. */
  void unwatchAll(int parked) {
    for (int i = 0; i < numBlocks(parked); i++) {
      unwatch(parked, i);
    }
  }

  /** Copies a saved block into a block of the pool in the next step; its slot is free again. */
  void copyBack(int parked, int place, int blockId) {
    copies.addIn(blockId, slots[parked][place]);
    totalTokensIn += numTokensIn(parked, place);
    forget(parked, place);
  }

  /** Ends the parking: whatever is still kept is given up. */
  void release(int parked) {
    truncate(parked, 0);
    freeIds[numFreeIds++] = parked;
  }

  /**
   * Counts anew which slots and blocks parked sequences name.
   *
   * @throws IllegalStateException if a slot is used twice or lost
   */
  void checkIntegrity() {
    boolean[] isFree = new boolean[numSlots];
    for (int i = 0; i < numFreeSlots; i++) {
      Invariant.check(!isFree[freeSlots[i]], "a slot free once", freeSlots[i], i);
      isFree[freeSlots[i]] = true;
    }
    int numUsed = 0;
    for (int parked = 0; parked < numTokens.length; parked++) {
      for (int i = 0; i < numBlocks(parked); i++) {
        int slot = slots[parked][i];
        if (slot != NONE) {
          Invariant.check(!isFree[slot], "a slot used once", slot, parked);
          isFree[slot] = true;
          numUsed++;
          Invariant.check(!isWatched(parked, i), "a saved block not watched", parked, i);
        }
      }
    }
    Invariant.check(
        numUsed + numFreeSlots == numSlots, "slots used and free", numUsed, numFreeSlots);
    for (int id = 0; id < watchers.length; id++) {
      if (watchers[id] != NONE) {
        boolean isNamed =
            places[id] < numBlocks(watchers[id]) && blockIds[watchers[id]][places[id]] == id;
        Invariant.check(isNamed, "a watched block of its watcher's", id, watchers[id]);
      }
    }
    for (int i = 0; i < numFreeIds; i++) {
      Invariant.check(numTokens[freeIds[i]] == 0, "nothing parked", freeIds[i], i);
    }
  }
}
