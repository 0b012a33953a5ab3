package dev.gatun.cuda;

import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A linear layer on the device, as one matrix or, where its blocks differ, several. */
record CudaLinearWeight(WeightFormat format, int inFeatures, int outFeatures, List<Part> parts)
    implements LinearWeight {

  /**
   * Rows of the layer that one kernel computes; see {@code LinearArgs} of {@code args.h}. Segments
   * are addresses, NULL where there is nothing.
   *
   * @param firstFeature first row of the layer that it holds
   * @param inFeatures columns as the kernel sees them, gathered ones counted
   * @param stride of the weight rows, in elements of plain weights and bytes of packed ones
   * @param columns order in which x is gathered first, or NULL for the natural one
   * @param inputs what activations in BF16 are rounded to first; F32 stays as it is
   */
  record Part(
      int firstFeature,
      int outFeatures,
      int inFeatures,
      MemorySegment weight,
      long stride,
      MemorySegment scales,
      MemorySegment zeros,
      MemorySegment bias,
      MemorySegment columns,
      WeightFormat format,
      int groupSize,
      int weightType,
      int scaleType,
      InputRounding inputs) {
    boolean isPacked() {
      return !format.isPlain();
    }
  }
}
