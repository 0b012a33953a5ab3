package dev.gatun.tensor;

/**
 * A block whose weights are integers with a scale, and perhaps a zero point, per feature and group
 * of columns: weight = scale * (value - zero). What a backend needs to pack it its own way. The
 * middle, 2^(bits - 1), stands for 0 where there are no zero points.
 */
public sealed interface IntegerBlock extends GroupedBlock permits RoundedBlock, PackedBlock {

  /**
   * The integers of one feature, from 0 to 2^bits - 1.
   *
   * @param values one per column, as the columns lie
   * @param scales one per group
   * @param zeros one per group
   */
  void readIntegers(int feature, int[] values, float[] scales, int[] zeros);
}
