package dev.gatun.tensor;

import java.util.List;

/**
 * One row block of a linear layer as the weight files hold it: what a backend reads in place or
 * packs once. Immutable; any thread.
 */
public sealed interface WeightBlock permits PlainBlock, GroupedBlock {

  /** How a backend holds it for computing. */
  WeightFormat format();

  int outFeatures();

  int inFeatures();

  /** The mapped tensors that hold it. */
  List<Tensor> tensors();

  /**
   * Widens one weight row to float32: what the block means, and what judges the kernels.
   *
   * @param out at least {@link #inFeatures} long
   */
  void readRow(int feature, float[] out);
}
