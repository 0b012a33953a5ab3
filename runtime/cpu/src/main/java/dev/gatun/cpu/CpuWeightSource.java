package dev.gatun.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.DType;
import dev.gatun.tensor.Fp8Block;
import dev.gatun.tensor.PackedBlock;
import dev.gatun.tensor.PlainBlock;
import dev.gatun.tensor.RoundedBlock;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * A row block that is to be packed, described as C's {@code gatun_weight_source}.
 *
 * @param struct the description; it refers to the block's tensors and to columns by address
 * @param columns order of the columns, or NULL for the natural one
 * @param zeroBase what zero points are more than the packed ones
 */
record CpuWeightSource(
    WeightBlock block,
    MemorySegment struct,
    MemorySegment columns,
    int chunk,
    DType scaleType,
    boolean hasZeros,
    int zeroBase) {
  static final StructLayout LAYOUT =
      MemoryLayout.structLayout(
          ADDRESS.withName("values"),
          ADDRESS.withName("scales"),
          ADDRESS.withName("zeros"),
          ADDRESS.withName("columns"),
          JAVA_LONG.withName("out_features"),
          JAVA_LONG.withName("in_features"),
          JAVA_LONG.withName("group_size"),
          JAVA_LONG.withName("stride"),
          JAVA_INT.withName("source"),
          JAVA_INT.withName("value_type"),
          JAVA_INT.withName("scale_type"),
          JAVA_INT.withName("bits"),
          JAVA_INT.withName("chunk"),
          JAVA_INT.withName("reserved"));

  /** Layout 0 of C is plain floats; the layouts of checkpoints follow. */
  private static final int FIRST_LAYOUT = 1;

  private static final int MAX_CHUNK = 128;

  /** Describes a block whose format is not plain. */
  static CpuWeightSource of(WeightBlock block) {
    return switch (block) {
      case RoundedBlock rounded -> rounded(rounded);
      case PackedBlock packed -> packed(packed);
      case PlainBlock plain -> throw new IllegalArgumentException(plain + " is read in place");
      case Fp8Block fp8 -> throw new IllegalArgumentException(fp8 + " has no packed form");
    };
  }

  private static CpuWeightSource rounded(RoundedBlock block) {
    Tensor weight = block.weight();
    boolean hasZeros = block.format().bits() == 4;
    int groupSize = block.groupSize();
    MemorySegment struct = struct(block, groupSize, groupSize, DType.BF16);
    put(struct, "values", weight.data());
    put(struct, "stride", weight.rowStride());
    put(struct, "value_type", CpuKernels.type(weight.dtype()));
    return new CpuWeightSource(
        block, struct, MemorySegment.NULL, groupSize, DType.BF16, hasZeros, 0);
  }

  private static CpuWeightSource packed(PackedBlock block) {
    int chunk = block.groupSize();
    if (chunk >= block.inFeatures()) {
      chunk = Math.clamp(Integer.highestOneBit(2 * block.inFeatures() - 1), 32, MAX_CHUNK);
    }
    DType scaleType = block.scales().dtype();
    MemorySegment struct = struct(block, block.groupSize(), chunk, scaleType);
    MemorySegment columns =
        block
            .columnOrder()
            .map(order -> Arena.ofAuto().allocateFrom(JAVA_INT, order))
            .orElse(MemorySegment.NULL);
    put(struct, "values", block.values().data());
    put(struct, "scales", block.scales().data());
    if (block.zeros() != null) {
      put(struct, "zeros", block.zeros().data());
    }
    put(struct, "columns", columns);
    put(struct, "source", FIRST_LAYOUT + block.layout().code());
    boolean hasZeros = block.zeros() != null;
    return new CpuWeightSource(
        block, struct, columns, chunk, scaleType, hasZeros, block.layout().zeroBase());
  }

  private static MemorySegment struct(
      WeightBlock block, int groupSize, int chunk, DType scaleType) {
    MemorySegment struct = Arena.ofAuto().allocate(LAYOUT);
    put(struct, "out_features", (long) block.outFeatures());
    put(struct, "in_features", (long) block.inFeatures());
    put(struct, "group_size", (long) groupSize);
    put(struct, "scale_type", CpuKernels.type(scaleType));
    put(struct, "bits", block.format().bits());
    put(struct, "chunk", chunk);
    return struct;
  }

  private static long offset(String field) {
    return LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement(field));
  }

  private static void put(MemorySegment struct, String field, MemorySegment value) {
    struct.set(ADDRESS, offset(field), value);
  }

  private static void put(MemorySegment struct, String field, long value) {
    struct.set(JAVA_LONG, offset(field), value);
  }

  private static void put(MemorySegment struct, String field, int value) {
    struct.set(JAVA_INT, offset(field), value);
  }
}
