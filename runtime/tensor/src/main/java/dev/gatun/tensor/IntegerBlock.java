package dev.gatun.tensor;

import java.util.Optional;

/**
 * A block whose weights are integers with a scale, and perhaps a zero point, per feature and group
 * of columns: weight = scale * (value - zero). What a backend needs to pack it its own way.
 */
public sealed interface IntegerBlock extends WeightBlock permits RoundedBlock, PackedBlock {

  /** What its inputs may be rounded to. */
  InputRounding inputs();

  /** Columns that share a scale. */
  int groupSize();

  default int numGroups() {
    return Math.ceilDiv(inFeatures(), groupSize());
  }

  /** Type that holds the scales exactly. */
  DType scaleType();

  /** Whether zero points differ from the middle, 2^(bits - 1). */
  boolean hasZeros();

  /**
   * The columns group after group, each group {@link #groupSize} long and filled up with -1; empty
   * if groups are made of neighbours.
   */
  Optional<int[]> columnOrder();

  /**
   * The integers of one feature, from 0 to 2^bits - 1.
   *
   * @param values one per column, as the columns lie
   * @param scales one per group
   * @param zeros one per group
   */
  void readIntegers(int feature, int[] values, float[] scales, int[] zeros);
}
