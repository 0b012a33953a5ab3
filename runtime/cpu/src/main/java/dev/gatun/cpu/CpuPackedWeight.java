package dev.gatun.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.LinearWeight;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Integer weights packed into the layout that the kernels read, described as an array of C's {@code
 * gatun_packed_block}. Packed once; the mapped weights are not read again, biases are.
 */
final class CpuPackedWeight implements LinearWeight {
  static final StructLayout BLOCK_LAYOUT =
      MemoryLayout.structLayout(
          ADDRESS.withName("packed"),
          ADDRESS.withName("columns"),
          ADDRESS.withName("bias"),
          JAVA_LONG.withName("out_features"),
          JAVA_INT.withName("bits"),
          JAVA_INT.withName("chunk"),
          JAVA_INT.withName("scale_type"),
          JAVA_INT.withName("has_zeros"),
          JAVA_INT.withName("bias_type"),
          JAVA_INT.withName("zero_base"));

  /** Where packed weights lie. */
  interface Memory {
    /**
     * So many bytes, aligned to 64, with packed weights in them.
     *
     * @param pack fills them; not called if they are there already
     */
    MemorySegment packed(String name, long bytes, Consumer<MemorySegment> pack);
  }

  private final WeightFormat format;
  private final int inFeatures;
  private final int outFeatures;
  private final MemorySegment blocks;
  private final int numBlocks;

  /** What C reads by address beside the packed weights. */
  private final List<Object> reachable = new ArrayList<>();

  /**
   * Packs every block, unless it was packed before.
   *
   * @param memory of the packed weights, for as long as the backend lives
   */
  CpuPackedWeight(LinearSource source, CpuLibrary library, MemorySegment pool, Memory memory) {
    format = source.format();
    inFeatures = source.inFeatures();
    outFeatures = source.outFeatures();
    numBlocks = source.blocks().size();
    blocks = Arena.ofAuto().allocate(BLOCK_LAYOUT, numBlocks);
    MemorySegment columns = MemorySegment.NULL;
    for (int i = 0; i < numBlocks; i++) {
      CpuWeightSource block = CpuWeightSource.of(source.blocks().get(i));
      String name = source.name() + "." + i;
      MemorySegment packed =
          memory.packed(
              name,
              library.packedBytes(block.struct()),
              to -> library.pack(pool, block.struct(), to));
      // Blocks in one order of columns share the rounded rows of x: tell C by one address.
      if (block.columns().mismatch(columns) != -1) {
        columns = block.columns();
        reachable.add(columns);
      }
      describe(i, block, packed, columns);
      if (!source.biases().isEmpty()) {
        describeBias(i, source.biases().get(i));
      }
    }
  }

  private void describe(
      int index, CpuWeightSource block, MemorySegment packed, MemorySegment columns) {
    MemorySegment struct = struct(index);
    struct.set(ADDRESS, offset("packed"), packed);
    struct.set(ADDRESS, offset("columns"), columns);
    struct.set(JAVA_LONG, offset("out_features"), block.block().outFeatures());
    struct.set(JAVA_INT, offset("bits"), format.bits());
    struct.set(JAVA_INT, offset("chunk"), block.chunk());
    struct.set(JAVA_INT, offset("scale_type"), CpuKernels.type(block.scaleType()));
    struct.set(JAVA_INT, offset("has_zeros"), block.hasZeros() ? 1 : 0);
    struct.set(JAVA_INT, offset("zero_base"), block.zeroBase());
  }

  private void describeBias(int index, Tensor bias) {
    struct(index).set(ADDRESS, offset("bias"), bias.data());
    struct(index).set(JAVA_INT, offset("bias_type"), CpuKernels.type(bias.dtype()));
    reachable.add(bias);
  }

  private MemorySegment struct(int index) {
    return blocks.asSlice(index * BLOCK_LAYOUT.byteSize(), BLOCK_LAYOUT);
  }

  private static long offset(String field) {
    return BLOCK_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement(field));
  }

  /** Bytes of the packed weights, their descriptions and orders of columns. */
  static long placementBytes(LinearSource source, CpuLibrary library) {
    long bytes = source.blocks().size() * BLOCK_LAYOUT.byteSize();
    for (var block : source.blocks()) {
      CpuWeightSource described = CpuWeightSource.of(block);
      bytes += library.packedBytes(described.struct()) + described.columns().byteSize();
    }
    return bytes;
  }

  MemorySegment blocks() {
    return blocks;
  }

  int numBlocks() {
    return numBlocks;
  }

  @Override
  public int inFeatures() {
    return inFeatures;
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
