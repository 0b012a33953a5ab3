package dev.gatun.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Weights quantised by a checkpoint: weight = scale * (value - zero), with one scale and zero point
 * per feature and group of columns.
 *
 * @param layout where things lie in the tensors
 * @param format {@link WeightFormat#INT8} or {@link WeightFormat#INT4}
 * @param groupSize columns that share a scale; inFeatures for one scale per feature
 * @param scales F32, F16 or BF16
 * @param zeros zero points where the layout has some, else null
 * @param groupIndex I32 {@code [inFeatures]}: the group of every column, for columns quantised in
 *     another order than they lie in; null if groups are made of neighbours
 * @param inputs what the checkpoint was made to have inputs rounded to
 */
public record PackedBlock(
    PackedLayout layout,
    WeightFormat format,
    int outFeatures,
    int inFeatures,
    int groupSize,
    Tensor values,
    Tensor scales,
    @Nullable Tensor zeros,
    @Nullable Tensor groupIndex,
    InputRounding inputs)
    implements IntegerBlock {
  /** Sizes that checkpoints use and kernels are made for, beside whole rows. */
  public static final List<Integer> GROUP_SIZES = List.of(32, 64, 128);

  /**
   * Checks that the tensors fit.
   *
   * @throws IllegalArgumentException naming what does not
   */
  public PackedBlock {
    boolean isInteger = format == WeightFormat.INT8 || format == WeightFormat.INT4;
    if (!isInteger || outFeatures < 1 || inFeatures < 1 || groupSize < 1) {
      throw new IllegalArgumentException(
          "%s [%d, %d] in groups of %d".formatted(format, outFeatures, inFeatures, groupSize));
    }
    if (!GROUP_SIZES.contains(groupSize) && groupSize < inFeatures) {
      throw new IllegalArgumentException(
          "groups of %d columns, neither one of %s nor a whole row"
              .formatted(groupSize, GROUP_SIZES));
    }
    int bits = format.bits();
    boolean isTaken =
        switch (layout) {
          case AWQ, GPTQ -> format == WeightFormat.INT4;
          case ROWS -> true;
          case BYTES -> format == WeightFormat.INT8;
        };
    if (!isTaken) {
      throw new IllegalArgumentException(layout + " with " + bits + " bits");
    }
    int groups = Math.ceilDiv(inFeatures, groupSize);
    require("values", values, layout.valuesShape(bits, outFeatures, inFeatures));
    require("scales", scales, layout.scalesShape(outFeatures, groups));
    if (values.dtype() != layout.valuesType() || !scales.dtype().isFloat()) {
      throw new IllegalArgumentException("values " + values + ", scales " + scales);
    }
    if ((zeros != null) != layout.hasZeros()) {
      throw new IllegalArgumentException(layout + ", zero points " + zeros);
    }
    if (zeros != null) {
      require("zero points", zeros, layout.zerosShape(bits, outFeatures, groups));
      requireI32("zero points", zeros);
    }
    if (groupIndex != null) {
      require("group index", groupIndex, Shape.of(inFeatures));
      requireI32("group index", groupIndex);
      checkGroups(groupIndex, groups, groupSize);
    }
  }

  private static void require(String what, Tensor tensor, Shape expected) {
    if (!tensor.shape().equals(expected) || !tensor.isContiguous()) {
      throw new IllegalArgumentException(what + " are " + tensor + ", expected " + expected);
    }
  }

  private static void requireI32(String what, Tensor tensor) {
    if (tensor.dtype() != DType.I32) {
      throw new IllegalArgumentException(what + " are " + tensor + ", expected I32");
    }
  }

  private static void checkGroups(Tensor groupIndex, int groups, int groupSize) {
    int[] counts = new int[groups];
    for (int column = 0; column < groupIndex.numRows(); column++) {
      int group = Require.index("group of column " + column, groupIndex.getInt(column), groups);
      counts[group]++;
      if (counts[group] > groupSize) {
        throw new IllegalArgumentException(
            "group " + group + " has more columns than the group size " + groupSize);
      }
    }
  }

  private int group(int column) {
    return groupIndex == null ? column / groupSize : groupIndex.getInt(column);
  }

  Tensor requireZeros() {
    if (zeros == null) {
      throw new IllegalStateException(layout + " without zero points");
    }
    return zeros;
  }

  @Override
  public List<Tensor> tensors() {
    return Stream.of(values, scales, zeros, groupIndex).filter(Objects::nonNull).toList();
  }

  @Override
  public void readRow(int feature, float[] out) {
    for (int column = 0; column < inFeatures; column++) {
      int group = group(column);
      int steps = layout.value(this, feature, column) - layout.zero(this, feature, group);
      out[column] = layout.scale(this, feature, group) * steps;
    }
  }

  @Override
  public DType scaleType() {
    return scales.dtype();
  }

  @Override
  public boolean hasZeros() {
    return zeros != null;
  }

  @Override
  public void readIntegers(int feature, int[] out, float[] groupScales, int[] groupZeros) {
    for (int column = 0; column < inFeatures; column++) {
      out[column] = layout.value(this, feature, column);
    }
    for (int group = 0; group < numGroups(); group++) {
      groupScales[group] = layout.scale(this, feature, group);
      groupZeros[group] = layout.zero(this, feature, group);
    }
  }

  @Override
  public Optional<int[]> columnOrder() {
    if (groupIndex == null || numGroups() == 1) {
      return Optional.empty();
    }
    int[] order = new int[numGroups() * groupSize];
    int[] counts = new int[numGroups()];
    Arrays.fill(order, -1);
    for (int column = 0; column < inFeatures; column++) {
      int group = group(column);
      order[group * groupSize + counts[group]] = column;
      counts[group]++;
    }
    return Optional.of(order);
  }

  @Override
  public String toString() {
    return "%s %s[%d, %d] in groups of %d"
        .formatted(layout, format, outFeatures, inFeatures, groupSize);
  }
}
