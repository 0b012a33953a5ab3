package dev.gatun.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.PlainBlock;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * Row blocks read where they are mapped, described as an array of C's {@code gatun_linear_block}.
 * Holds the source, so that its memory stays reachable; whoever mapped it must not unmap it while
 * the weight is in use.
 */
final class CpuLinearWeight implements LinearWeight {
  static final StructLayout BLOCK_LAYOUT =
      MemoryLayout.structLayout(
          ADDRESS.withName("weight"),
          ADDRESS.withName("bias"),
          JAVA_LONG.withName("out_features"),
          JAVA_LONG.withName("stride"),
          JAVA_INT.withName("bias_type"),
          JAVA_INT.withName("reserved"));

  private static final long BIAS = offset("bias");
  private static final long OUT_FEATURES = offset("out_features");
  private static final long STRIDE = offset("stride");
  private static final long BIAS_TYPE = offset("bias_type");

  private final LinearSource source;
  private final WeightFormat format;
  private final boolean roundsInputs;
  private final int outFeatures;
  private final MemorySegment blocks;

  /**
   * Describes the row blocks.
   *
   * @param format of the layer before it was widened, if it was
   * @param roundsInputs whether rows of x are rounded to BF16, as the weights are
   */
  CpuLinearWeight(LinearSource source, WeightFormat format, boolean roundsInputs) {
    this.source = source;
    this.format = format;
    this.roundsInputs = roundsInputs;
    outFeatures = source.outFeatures();
    blocks = Arena.ofAuto().allocate(BLOCK_LAYOUT, source.blocks().size());
    for (int i = 0; i < source.blocks().size(); i++) {
      describe(blocks.asSlice(i * BLOCK_LAYOUT.byteSize(), BLOCK_LAYOUT), i);
    }
  }

  private static long offset(String field) {
    return BLOCK_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement(field));
  }

  private void describe(MemorySegment block, int index) {
    if (!(source.blocks().get(index) instanceof PlainBlock(Tensor weight))) {
      throw new IllegalArgumentException(source.name() + ": " + source.format() + " has no kernel");
    }
    block.set(ADDRESS, 0, weight.data());
    block.set(JAVA_LONG, OUT_FEATURES, weight.numRows());
    block.set(JAVA_LONG, STRIDE, weight.rowStride());
    if (!source.biases().isEmpty()) {
      Tensor bias = source.biases().get(index);
      block.set(ADDRESS, BIAS, bias.data());
      block.set(JAVA_INT, BIAS_TYPE, CpuKernels.type(bias.dtype()));
    }
  }

  /** Bytes of the description; the weights themselves are not copied. */
  static long placementBytes(LinearSource source) {
    return source.blocks().size() * BLOCK_LAYOUT.byteSize();
  }

  MemorySegment blocks() {
    return blocks;
  }

  int numBlocks() {
    return source.blocks().size();
  }

  boolean roundsInputs() {
    return roundsInputs;
  }

  DType storage() {
    return source.format().storage();
  }

  @Override
  public int inFeatures() {
    return source.inFeatures();
  }

  @Override
  public int outFeatures() {
    return outFeatures;
  }

  @Override
  public WeightFormat format() {
    return format;
  }
}
