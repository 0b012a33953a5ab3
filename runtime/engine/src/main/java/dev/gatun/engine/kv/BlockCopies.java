package dev.gatun.engine.kv;

import java.util.Arrays;

/**
 * Copies of blocks between the pool and the swap space, to be made in this order before a step
 * computes: one may read what another one before it has written. Reused from step to step; storage
 * grows to the most copies of one step. Written by the engine thread, read by whoever runs the
 * step.
 */
public final class BlockCopies {
  private int[] blockIds = new int[16];

  /** Slot of the swap space; its complement where the copy goes into the pool. */
  private int[] slots = new int[16];

  private int size;

  public int size() {
    return size;
  }

  /** Whether copy i goes from the pool to the swap space. */
  public boolean isOut(int i) {
    return slots[i] >= 0;
  }

  /** Block of the pool. */
  public int blockId(int i) {
    return blockIds[i];
  }

  /** Block of the swap space, from 0. */
  public int slot(int i) {
    return slots[i] >= 0 ? slots[i] : ~slots[i];
  }

  void addOut(int blockId, int slot) {
    add(blockId, slot);
  }

  void addIn(int blockId, int slot) {
    add(blockId, ~slot);
  }

  private void add(int blockId, int slot) {
    if (size == blockIds.length) {
      blockIds = Arrays.copyOf(blockIds, 2 * size);
      slots = Arrays.copyOf(slots, 2 * size);
    }
    blockIds[size] = blockId;
    slots[size++] = slot;
  }

  /** Forgets all copies. */
  public void clear() {
    size = 0;
  }

  /** Takes over the copies of another list, which is empty afterwards. */
  void take(BlockCopies other) {
    for (int i = 0; i < other.size; i++) {
      add(other.blockIds[i], other.slots[i]);
    }
    other.clear();
  }
}
