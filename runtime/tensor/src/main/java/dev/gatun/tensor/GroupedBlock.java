package dev.gatun.tensor;

import java.util.Optional;

/** A block whose weights have a scale per feature and group of columns. */
public sealed interface GroupedBlock extends WeightBlock permits IntegerBlock, Fp8Block {

  /** What its inputs may be rounded to. */
  InputRounding inputs();

  /** Columns that share a scale. */
  int groupSize();

  default int numGroups() {
    return Math.ceilDiv(inFeatures(), groupSize());
  }

  /** Type that holds the scales exactly. */
  DType scaleType();

  /** Whether zero points differ from what stands for 0. */
  default boolean hasZeros() {
    return false;
  }

  /**
   * The columns group after group, each group {@link #groupSize} long and filled up with -1; empty
   * if groups are made of neighbours.
   */
  default Optional<int[]> columnOrder() {
    return Optional.empty();
  }
}
