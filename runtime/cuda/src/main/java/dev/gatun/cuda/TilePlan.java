package dev.gatun.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.gatun.tensor.BatchLimits;
import java.lang.foreign.MemorySegment;

/**
 * How the rows of a batch are cut into the tiles that attention works on, for one number of query
 * heads per KV head; see {@code args.h}. Sequences that fit a small tile, decodes above all, come
 * first; longer chunks follow, cut into large ones. Refilled for every batch, in page-locked
 * memory.
 */
final class TilePlan {
  private static final int TILE_BYTES = 8;

  private final int group;
  private final int smallRows;
  private final int largeRows;
  private final MemorySegment host;
  private final MemorySegment device;
  private int numTiles;
  private int numSmall;

  /**
   * With memory of {@link #bytes} on both sides.
   *
   * @param group query heads per KV head
   * @param smallRows rows of a small tile
   * @param largeRows rows of a large tile, at least as many
   */
  TilePlan(int group, int smallRows, int largeRows, MemorySegment host, MemorySegment device) {
    this.group = group;
    this.smallRows = smallRows;
    this.largeRows = largeRows;
    this.host = host;
    this.device = device;
  }

  /** Most bytes that the tiles of a batch take. */
  static long bytes(BatchLimits limits, int group, int smallRows) {
    long perToken = Math.ceilDiv(group, smallRows);
    long tiles = limits.maxTokens() * perToken + limits.maxSequences();
    return TILE_BYTES * tiles;
  }

  boolean fits(int wantedGroup, int wantedSmall, int wantedLarge) {
    return group == wantedGroup && smallRows == wantedSmall && largeRows == wantedLarge;
  }

  /** Cuts the batch; fillers are tiles of no sequence. */
  void fill(DeviceBatch from) {
    numTiles = 0;
    for (int i = 0; i < from.batch().numSequences(); i++) {
      if (isShort(from, i)) {
        add(from, i, smallRows);
      }
    }
    int fillers = from.batch().numFillers() * Math.ceilDiv(group, smallRows);
    for (int i = 0; i < fillers; i++) {
      add(-1, 0);
    }
    numSmall = numTiles;
    for (int i = 0; i < from.batch().numSequences(); i++) {
      if (!isShort(from, i)) {
        add(from, i, largeRows);
      }
    }
  }

  /** Where there are no larger tiles, every sequence is. */
  private boolean isShort(DeviceBatch from, int sequence) {
    return from.queryLen(sequence) * group <= smallRows || smallRows == largeRows;
  }

  private void add(DeviceBatch from, int sequence, int tileRows) {
    int rows = from.queryLen(sequence) * group;
    for (int row = 0; row < rows; row += tileRows) {
      add(sequence, row);
    }
  }

  private void add(int sequence, int row) {
    host.set(JAVA_INT, (long) numTiles * TILE_BYTES, sequence);
    host.set(JAVA_INT, (long) numTiles * TILE_BYTES + 4, row);
    numTiles++;
  }

  int numTiles() {
    return numTiles;
  }

  /** Small tiles, the first ones. */
  int numSmall() {
    return numSmall;
  }

  /** Large tiles, behind the small ones. */
  int numLarge() {
    return numTiles - numSmall;
  }

  MemorySegment host() {
    return host;
  }

  /** Where kernels find them. */
  long address() {
    return device.address();
  }

  /** Where kernels find the large ones. */
  long largeAddress() {
    return device.address() + (long) numSmall * TILE_BYTES;
  }

  long usedBytes() {
    return (long) numTiles * TILE_BYTES;
  }
}
