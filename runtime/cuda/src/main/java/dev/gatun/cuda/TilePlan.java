package dev.gatun.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.gatun.tensor.AttentionBatch;
import dev.gatun.tensor.BatchLimits;
import java.lang.foreign.MemorySegment;

/**
 * How the rows of a batch are cut into the tiles that attention works on, for one number of query
 * heads per KV head; see {@code args.h}. Refilled for every batch, in page-locked memory.
 */
final class TilePlan {
  private static final int TILE_BYTES = 8;

  private final int group;
  private final int smallRows;
  private final int largeRows;
  private final MemorySegment host;
  private final MemorySegment device;
  private int numTiles;
  private int tileRows;

  /**
   * With memory of {@link #bytes} on both sides.
   *
   * @param group query heads per KV head
   * @param smallRows rows of the tiles of decodes
   * @param largeRows rows of the tiles of longer chunks
   */
  TilePlan(int group, int smallRows, int largeRows, MemorySegment host, MemorySegment device) {
    this.group = group;
    this.smallRows = smallRows;
    this.largeRows = largeRows;
    this.host = host;
    this.device = device;
    tileRows = smallRows;
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

  /** Cuts the batch. Decodes have one row of tiles per token, fillers tiles of no sequence. */
  void fill(DeviceBatch from) {
    AttentionBatch batch = from.batch();
    tileRows = from.maxQueryLen() * group > smallRows ? largeRows : smallRows;
    numTiles = 0;
    for (int sequence = 0; sequence < batch.numSequences(); sequence++) {
      int rows = from.queryLen(sequence) * group;
      for (int row = 0; row < rows; row += tileRows) {
        add(sequence, row);
      }
    }
    int fillers = batch.numFillers() * Math.ceilDiv(group, tileRows);
    for (int i = 0; i < fillers; i++) {
      add(-1, 0);
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

  /** Whether the tiles are those of decodes. */
  boolean isSmall() {
    return tileRows == smallRows;
  }

  int tileRows() {
    return tileRows;
  }

  MemorySegment host() {
    return host;
  }

  /** Where kernels find them. */
  long address() {
    return device.address();
  }

  long usedBytes() {
    return (long) numTiles * TILE_BYTES;
  }
}
