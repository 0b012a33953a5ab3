package dev.gatun.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * 8-bit floats of a checkpoint, with one scale for each block of rows and columns: the whole weight
 * (a scale per tensor), one row (per feature), or a square of 128.
 *
 * @param weight F8_E4M3 {@code [outFeatures, inFeatures]}
 * @param scales F32, F16 or BF16, as many as there are blocks, row by row, in whatever shape
 * @param blockRows rows that share a scale
 * @param blockColumns columns that do: one of {@link PackedBlock#GROUP_SIZES}, or at least all
 */
public record StoredFp8Block(Tensor weight, Tensor scales, int blockRows, int blockColumns)
    implements Fp8Block {
  /**
   * Checks that the tensors fit.
   *
   * @throws IllegalArgumentException naming what does not
   */
  public StoredFp8Block {
    if (weight.dtype() != DType.F8_E4M3 || weight.shape().rank() != 2 || !weight.isContiguous()) {
      throw new IllegalArgumentException("weight " + weight + " is not F8_E4M3 of rank 2");
    }
    boolean isWhole = blockColumns >= weight.rowLength();
    if (blockRows < 1 || !(isWhole || PackedBlock.GROUP_SIZES.contains(blockColumns))) {
      throw new IllegalArgumentException(
          "a scale for blocks of [%d, %d], columns neither one of %s nor a whole row"
              .formatted(blockRows, blockColumns, PackedBlock.GROUP_SIZES));
    }
    long rows = Math.ceilDiv(weight.numRows(), blockRows);
    long columns = Math.ceilDiv(weight.rowLength(), blockColumns);
    if (!scales.dtype().isFloat() || scales.shape().numElements() != rows * columns) {
      throw new IllegalArgumentException(
          "scales are %s, expected %d x %d floats for %s in blocks of [%d, %d]"
              .formatted(scales, rows, columns, weight, blockRows, blockColumns));
    }
    scales = Tensor.of(scales.dtype(), Shape.of(rows, columns), scales.data());
  }

  @Override
  public int outFeatures() {
    return weight.numRows();
  }

  @Override
  public int inFeatures() {
    return weight.rowLength();
  }

  @Override
  public int groupSize() {
    return Math.min(blockColumns, inFeatures());
  }

  @Override
  public List<Tensor> tensors() {
    return List.of(weight, scales);
  }

  @Override
  public void readBytes(int feature, byte[] values, float[] groupScales) {
    long from = (long) feature * inFeatures();
    MemorySegment.copy(weight.data(), ValueLayout.JAVA_BYTE, from, values, 0, inFeatures());
    for (int group = 0; group < numGroups(); group++) {
      groupScales[group] = scales.getFloat(feature / blockRows, group);
    }
  }

  @Override
  public String toString() {
    return "FP8[%d, %d] with a scale for [%d, %d]"
        .formatted(outFeatures(), inFeatures(), blockRows, blockColumns);
  }
}
