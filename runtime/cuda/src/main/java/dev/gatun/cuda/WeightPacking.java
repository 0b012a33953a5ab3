package dev.gatun.cuda;

import dev.gatun.tensor.BackendException;
import dev.gatun.tensor.E4m3;
import dev.gatun.tensor.Fp8Block;
import dev.gatun.tensor.GroupedBlock;
import dev.gatun.tensor.IntegerBlock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The layout of packed weights on the device; see {@code LinearArgs} of {@code args.h}. Immutable;
 * any thread.
 */
final class WeightPacking {
  private static final int BLOCK_BYTES = 64;

  /** Place of column i of a word of nibbles. */
  private static final int[] LANES = {0, 4, 1, 5, 2, 6, 3, 7};

  private final String name;
  private final GroupedBlock block;
  private final int @Nullable [] order;
  private final int numColumns;

  /**
   * For a block.
   *
   * @param name of its layer, for messages
   */
  WeightPacking(String name, GroupedBlock block) {
    this.name = name;
    this.block = block;
    Optional<int[]> columns = block.columnOrder();
    order = columns.orElse(null);
    numColumns = columns.map(array -> array.length).orElse(block.inFeatures());
  }

  /** Columns of x in the order that the kernel wants, -1 for none; null for the natural one. */
  int @Nullable [] order() {
    return order;
  }

  /** Columns as the kernel sees them. */
  int numColumns() {
    return numColumns;
  }

  /** Bytes of one feature's weights. */
  int rowBytes() {
    return rowBytes(block.format().bits(), numColumns);
  }

  static int rowBytes(int bits, int numColumns) {
    return Math.ceilDiv(numColumns, BLOCK_BYTES * 8 / bits) * BLOCK_BYTES;
  }

  /** One feature's weights, scales and zero points. */
  record Row(byte[] weights, float[] scales, int[] zeros) {}

  /**
   * Packs one feature.
   *
   * @throws BackendException if it holds an 8-bit float that is no number
   */
  Row pack(int feature) {
    Row row =
        new Row(new byte[rowBytes()], new float[block.numGroups()], new int[block.numGroups()]);
    switch (block) {
      case IntegerBlock integers -> packIntegers(integers, feature, row);
      case Fp8Block fp8 -> packFp8(fp8, feature, row);
    }
    return row;
  }

  private void packIntegers(IntegerBlock integers, int feature, Row row) {
    int[] values = new int[integers.inFeatures()];
    integers.readIntegers(feature, values, row.scales(), row.zeros());
    boolean isBytes = integers.format().bits() == 8;
    for (int i = 0; i < numColumns; i++) {
      int column = order == null ? i : order[i];
      if (column < 0) {
        continue;
      }
      if (isBytes) {
        row.weights()[byteOffset(i)] = (byte) (values[column] - 128);
      } else {
        putNibble(row.weights(), i, values[column]);
      }
    }
  }

  private void packFp8(Fp8Block fp8, int feature, Row row) {
    byte[] values = new byte[numColumns];
    fp8.readBytes(feature, values, row.scales());
    for (int i = 0; i < numColumns; i++) {
      if (E4m3.isNan(values[i])) {
        throw new BackendException(
            "%s: weight [%d, %d] of %s is no number; the file is damaged or was made wrong"
                .formatted(name, feature, i, fp8));
      }
      row.weights()[byteOffset(i)] = values[i];
    }
  }

  /** Blocks of 64 columns, in runs of 8. */
  private static int byteOffset(int column) {
    int inBlock = column % 64;
    int run = inBlock % 32 / 8 * 2 + inBlock / 32;
    return column - inBlock + run * 8 + column % 8;
  }

  /** Blocks of 128 columns, in words of 8. */
  private static void putNibble(byte[] weights, int column, int value) {
    int inBlock = column % 128;
    int word = inBlock % 32 / 8 * 4 + inBlock / 32;
    int lane = LANES[column % 8];
    int at = column / 128 * BLOCK_BYTES + word * 4 + lane / 2;
    weights[at] |= (byte) (value << (lane % 2 * 4));
  }
}
