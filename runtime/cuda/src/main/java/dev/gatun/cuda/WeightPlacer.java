package dev.gatun.cuda;

import dev.gatun.cuda.CudaLinearWeight.Part;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.GroupedBlock;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.PlainBlock;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightBlock;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Brings linear layers to the device. Row blocks are stacked to one matrix; packed blocks whose
 * columns or groups differ stay apart. One thread at a time, its context current.
 */
final class WeightPlacer {
  /** Columns to whose multiple rows of BF16 and F16 are filled up, for loads of whole tiles. */
  private static final int TILE_COLUMNS = 64;

  /** Products of bytes of which a sum fits into 32 bits. */
  private static final int MAX_EXACT_COLUMNS = 1 << 17;

  /** Columns that share a scale of inputs in 8-bit floats. */
  private static final int FP8_SPAN = 128;

  private final DeviceMemory memory;
  private final Uploader uploader;

  WeightPlacer(DeviceMemory memory, Uploader uploader) {
    this.memory = memory;
    this.uploader = uploader;
  }

  CudaLinearWeight place(LinearSource source) {
    List<Part> parts = new ArrayList<>();
    int feature = 0;
    for (List<WeightBlock> alike : alike(source)) {
      Part part =
          source.format().isPlain()
              ? plain(source, alike, feature)
              : packed(source, alike, feature);
      parts.add(part);
      feature += part.outFeatures();
    }
    return new CudaLinearWeight(
        source.format(), source.inFeatures(), source.outFeatures(), List.copyOf(parts));
  }

  /** A single plain block without bias that lies on the device already. */
  static CudaLinearWeight placed(LinearSource source, Tensor weight) {
    MemorySegment none = MemorySegment.NULL;
    Part part =
        new Part(
            0,
            weight.numRows(),
            weight.rowLength(),
            weight.data(),
            weight.rowStride(),
            none,
            none,
            none,
            none,
            source.format(),
            0,
            Types.of(weight),
            0,
            InputRounding.NONE);
    return new CudaLinearWeight(
        source.format(), source.inFeatures(), source.outFeatures(), List.of(part));
  }

  /** Blocks that can be stacked. */
  private static List<List<WeightBlock>> alike(LinearSource source) {
    List<WeightBlock> blocks = source.blocks();
    boolean isAlike =
        blocks.stream()
            .allMatch(
                block ->
                    !(block instanceof GroupedBlock other)
                        || isAlike((GroupedBlock) blocks.get(0), other));
    return isAlike ? List.of(blocks) : blocks.stream().map(List::of).toList();
  }

  private static boolean isAlike(GroupedBlock first, GroupedBlock other) {
    return first.inputs() == other.inputs()
        && first.groupSize() == other.groupSize()
        && first.scaleType() == other.scaleType()
        && first.hasZeros() == other.hasZeros()
        && Arrays.equals(first.columnOrder().orElse(null), other.columnOrder().orElse(null));
  }

  static long stride(DType dtype, int inFeatures) {
    return dtype == DType.BF16 || dtype == DType.F16
        ? (long) Math.ceilDiv(inFeatures, TILE_COLUMNS) * TILE_COLUMNS
        : inFeatures;
  }

  private Part plain(LinearSource source, List<WeightBlock> blocks, int firstFeature) {
    DType dtype = source.format().storage();
    int in = source.inFeatures();
    long stride = stride(dtype, in);
    int out = outFeatures(blocks);
    MemorySegment weight = memory.take(out * stride * dtype.bytes(), source.name());
    long to = weight.address();
    for (WeightBlock block : blocks) {
      if (!(block instanceof PlainBlock(Tensor rows))) {
        throw new IllegalArgumentException(source.name() + ": " + block + " among plain weights");
      }
      if (rows.isContiguous() && stride == in) {
        uploader.copy(rows.data(), to);
      } else {
        copyRows(rows, to, stride);
      }
      to += rows.numRows() * stride * dtype.bytes();
    }
    MemorySegment none = MemorySegment.NULL;
    MemorySegment bias = bias(source, firstFeature, out);
    return new Part(
        firstFeature,
        out,
        in,
        weight,
        stride,
        none,
        none,
        bias,
        none,
        source.format(),
        0,
        Types.of(dtype),
        0,
        InputRounding.NONE);
  }

  private static int outFeatures(List<WeightBlock> blocks) {
    return blocks.stream().mapToInt(WeightBlock::outFeatures).sum();
  }

  /** Row by row, each filled up with zeros. */
  private void copyRows(Tensor rows, long to, long stride) {
    long elementBytes = rows.dtype().bytes();
    long rowBytes = stride * elementBytes;
    long usedBytes = rows.rowLength() * elementBytes;
    int perBuffer = perBuffer(rowBytes);
    for (int from = 0; from < rows.numRows(); from += perBuffer) {
      int count = Math.min(perBuffer, rows.numRows() - from);
      MemorySegment buffer = uploader.buffer();
      buffer.asSlice(0, count * rowBytes).fill((byte) 0);
      for (int i = 0; i < count; i++) {
        long source = (from + i) * rows.rowStride() * elementBytes;
        MemorySegment.copy(rows.data(), source, buffer, i * rowBytes, usedBytes);
      }
      uploader.send(to + from * rowBytes, count * rowBytes);
    }
  }

  private int perBuffer(long rowBytes) {
    if (rowBytes > uploader.bufferBytes()) {
      throw new IllegalArgumentException("a weight row of " + rowBytes + " bytes");
    }
    return (int) Math.min(Integer.MAX_VALUE, uploader.bufferBytes() / Math.max(1, rowBytes));
  }

  private Part packed(LinearSource source, List<WeightBlock> blocks, int firstFeature) {
    GroupedBlock first = (GroupedBlock) blocks.get(0);
    WeightPacking packing = new WeightPacking(source.name(), first);
    int out = outFeatures(blocks);
    int rowBytes = packing.rowBytes();
    MemorySegment weight = memory.take((long) out * rowBytes, source.name());
    Tensor scales = Tensor.onHost(first.scaleType(), Shape.of(first.numGroups(), out));
    Tensor zeros = Tensor.onHost(DType.U8, Shape.of(first.numGroups(), out));
    int feature = 0;
    for (WeightBlock block : blocks) {
      WeightPacking own = new WeightPacking(source.name(), (GroupedBlock) block);
      long to = weight.address() + (long) feature * rowBytes;
      pack(own, block.outFeatures(), to, feature, scales, zeros);
      feature += block.outFeatures();
    }
    return new Part(
        firstFeature,
        out,
        packing.numColumns(),
        weight,
        rowBytes,
        upload(scales.data(), source.name()),
        first.hasZeros() ? upload(zeros.data(), source.name()) : MemorySegment.NULL,
        bias(source, firstFeature, out),
        columns(packing),
        source.format(),
        first.groupSize(),
        0,
        Types.of(first.scaleType()),
        inputs(first));
  }

  /**
   * What kernels there are for: integers where one scale of the weights holds for all columns,
   * 8-bit floats where one holds for as many as one of the inputs.
   */
  private static InputRounding inputs(GroupedBlock block) {
    boolean hasKernel =
        switch (block.inputs()) {
          case NONE -> true;
          case INT8 ->
              block.format() == WeightFormat.INT8
                  && block.numGroups() == 1
                  && block.inFeatures() <= MAX_EXACT_COLUMNS;
          case FP8 ->
              block.format() == WeightFormat.FP8
                  && (block.numGroups() == 1 || block.groupSize() == FP8_SPAN);
        };
    return hasKernel ? block.inputs() : InputRounding.NONE;
  }

  /** Rows do not depend on each other: all processors pack them. */
  private void pack(
      WeightPacking packing, int numRows, long to, int feature, Tensor scales, Tensor zeros) {
    int rowBytes = packing.rowBytes();
    int perBuffer = perBuffer(rowBytes);
    for (int from = 0; from < numRows; from += perBuffer) {
      int start = from;
      int count = Math.min(perBuffer, numRows - from);
      MemorySegment buffer = uploader.buffer();
      IntStream.range(0, count)
          .parallel()
          .forEach(
              i -> {
                WeightPacking.Row row = packing.pack(start + i);
                MemorySegment packed = MemorySegment.ofArray(row.weights());
                MemorySegment.copy(packed, 0, buffer, (long) i * rowBytes, rowBytes);
                putScales(row, feature + start + i, scales, zeros);
              });
      uploader.send(to + (long) from * rowBytes, (long) count * rowBytes);
    }
  }

  private static void putScales(WeightPacking.Row row, int feature, Tensor scales, Tensor zeros) {
    for (int group = 0; group < row.scales().length; group++) {
      scales.setFloat(group, feature, row.scales()[group]);
      long at = group * zeros.rowStride() + feature;
      zeros.data().set(ValueLayout.JAVA_BYTE, at, (byte) row.zeros()[group]);
    }
  }

  private MemorySegment upload(MemorySegment from, String purpose) {
    MemorySegment to = memory.take(from.byteSize(), purpose);
    uploader.copy(from, to.address());
    return to;
  }

  /** The biases of the rows from {@code firstFeature} on as F32; NULL if the layer has none. */
  private MemorySegment bias(LinearSource source, int firstFeature, int count) {
    if (source.biases().isEmpty()) {
      return MemorySegment.NULL;
    }
    Tensor joined = Tensor.onHost(DType.F32, Shape.of(count));
    int feature = 0;
    for (Tensor bias : source.biases()) {
      for (int i = 0; i < bias.numRows(); i++, feature++) {
        if (feature >= firstFeature && feature < firstFeature + count) {
          joined.setFloat(feature - firstFeature, 0, bias.getFloat(i, 0));
        }
      }
    }
    return upload(joined.data(), source.name());
  }

  private MemorySegment columns(WeightPacking packing) {
    int[] order = packing.order();
    if (order == null) {
      return MemorySegment.NULL;
    }
    MemorySegment columns = memory.take(4L * order.length, "order of columns");
    uploader.copy(MemorySegment.ofArray(order), columns.address());
    return columns;
  }

  /** Device memory that {@link #place} takes. */
  static long bytes(LinearSource source) {
    long bytes = source.biases().isEmpty() ? 0 : rounded(4L * source.outFeatures());
    for (List<WeightBlock> alike : alike(source)) {
      int out = outFeatures(alike);
      if (alike.get(0) instanceof GroupedBlock first) {
        WeightPacking packing = new WeightPacking(source.name(), first);
        long scales = (long) out * first.numGroups();
        bytes += rounded((long) out * packing.rowBytes());
        bytes += rounded(scales * first.scaleType().bytes());
        bytes += first.hasZeros() ? rounded(scales) : 0;
        bytes += packing.order() == null ? 0 : rounded(4L * packing.numColumns());
      } else {
        DType dtype = source.format().storage();
        bytes += rounded(out * stride(dtype, source.inFeatures()) * dtype.bytes());
      }
    }
    return bytes;
  }

  private static long rounded(long bytes) {
    return Math.ceilDiv(bytes, DeviceMemory.ALIGNMENT) * DeviceMemory.ALIGNMENT;
  }
}
