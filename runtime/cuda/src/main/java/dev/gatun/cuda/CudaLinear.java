package dev.gatun.cuda;

import static dev.gatun.cuda.CudaOps.variant;

import dev.gatun.cuda.CudaLinearWeight.Part;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.Tensor;
import dev.gatun.tensor.WeightFormat;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses and launches the kernels of linear layers. For BF16 on tensor cores there is a form for
 * few rows and one for many, which give the same bits: that is what makes text independent of the
 * batch, and why cuBLASLt, whose sums depend on the number of rows, is not used for some of them.
 * Engine thread, its context current.
 */
final class CudaLinear {
  /** Rows up to which reading the weights is all that takes time. */
  private static final int MAX_SKINNY_ROWS = 8;

  /** Columns to whose multiple rounded inputs are filled up. */
  private static final int QUANTIZED_BLOCK = 128;

  private static final long ROW_ALIGNMENT = 16;

  private static final int SMALL_TILE = 64;
  private static final int LARGE_TILE = 128;

  private final int numMultiprocessors;
  private final MemorySegment workspace;
  private final MemorySegment gathered;
  private final CudaKernel[] plain;
  private final CudaKernel[] gatherColumns;
  private final CudaKernel packed8;
  private final CudaKernel packed4;
  private final CudaKernel packedE4m3;
  private final Forms bf16;
  private final Forms f16;
  private final Forms bf16Packed8;
  private final Forms bf16Packed4;
  private final Forms bf16PackedE4m3;
  private final Quantized int8;
  private final Quantized e4m3;
  private final boolean hasFp8Units;
  private final CudaKernel merge;

  /** The kernels for one kind of weights: for few rows, for some and for many. */
  private record Forms(CudaKernel skinny, Tiled small, Tiled large) {
    static Forms of(CudaModule module, String kind, int sharedBytes) {
      Tiled small = Tiled.of(module, SMALL_TILE, kind, sharedBytes);
      return new Forms(skinny(module, kind), small, small);
    }

    static Forms plain(CudaModule module, String kind) {
      return new Forms(
          skinny(module, kind),
          Tiled.of(module, SMALL_TILE, kind, 98304),
          Tiled.of(module, LARGE_TILE, kind, 98304));
    }

    static CudaKernel skinny(CudaModule module, String kind) {
      return module.kernel("linear_skinny" + kind + "_bf16", KernelStruct.LINEAR);
    }
  }

  /** A kernel that computes tiles of so many rows. */
  private record Tiled(CudaKernel kernel, int rows, int sharedBytes) {
    static Tiled of(CudaModule module, int rows, String kind, int sharedBytes) {
      String name = "linear_tiled" + rows + kind + "_bf16";
      return new Tiled(module.kernel(name, KernelStruct.LINEAR, sharedBytes), rows, sharedBytes);
    }
  }

  /** What rounds inputs to 8 bits, and the kernels that take them so. */
  private record Quantized(CudaKernel quantize, Forms kernels) {
    static Quantized of(CudaModule module, String kind) {
      return new Quantized(
          module.kernel("quantize_" + kind + "_bf16", KernelStruct.QUANTIZE),
          Forms.of(module, "_" + kind, 98304));
    }
  }

  /**
   * Takes the kernels from the module.
   *
   * @param allowsFp8Units whether matrix units multiply 8-bit floats if the kernels were made for
   *     units that do; else weights are widened to BF16 in the kernels
   * @param workspace memory for sums of layers that are spread over more of the device
   * @param gathered memory for inputs that are brought into another order or rounded
   */
  CudaLinear(
      CudaModule module,
      int numMultiprocessors,
      boolean allowsFp8Units,
      MemorySegment workspace,
      MemorySegment gathered) {
    this.numMultiprocessors = numMultiprocessors;
    this.workspace = workspace;
    this.gathered = gathered;
    plain = RowKernels.pair(module, "linear_plain", KernelStruct.LINEAR);
    gatherColumns = RowKernels.pair(module, "gather_columns", KernelStruct.GATHER_COLUMNS);
    packed8 = module.kernel("linear_packed8_f32", KernelStruct.LINEAR);
    packed4 = module.kernel("linear_packed4_f32", KernelStruct.LINEAR);
    bf16 = Forms.plain(module, "");
    f16 = Forms.plain(module, "_f16");
    bf16Packed8 = Forms.of(module, "_packed8", 65536);
    bf16Packed4 = Forms.of(module, "_packed4", 73728);
    bf16PackedE4m3 = Forms.of(module, "_packed_e4m3", 65536);
    packedE4m3 = module.kernel("linear_packed_e4m3_f32", KernelStruct.LINEAR);
    int8 = Quantized.of(module, "int8");
    e4m3 = Quantized.of(module, "e4m3");
    hasFp8Units = allowsFp8Units && module.virtualArchitecture(e4m3.kernels().skinny()) >= 89;
    merge = module.kernel("linear_merge_bf16", KernelStruct.LINEAR);
  }

  /** Queues a layer over at least one row; arguments have been checked. */
  void run(Tensor out, Tensor x, CudaLinearWeight weight) {
    for (Part part : weight.parts()) {
      Quantized quantized = x.dtype() == DType.BF16 ? quantized(part.inputs()) : null;
      if (quantized != null) {
        runQuantized(quantized, out, x, part);
      } else if (part.columns().equals(MemorySegment.NULL)) {
        run(out, 0, x.numRows(), x, x.data().address(), x.rowStride(), part);
      } else {
        runGathered(out, x, part);
      }
    }
  }

  /** What inputs of BF16 are rounded to before they meet weights that were made for that. */
  List<InputRounding> inputRoundings() {
    return hasFp8Units
        ? List.of(InputRounding.INT8, InputRounding.FP8)
        : List.of(InputRounding.INT8);
  }

  private @Nullable Quantized quantized(InputRounding inputs) {
    return switch (inputs) {
      case NONE -> null;
      case INT8 -> int8;
      case FP8 -> hasFp8Units ? e4m3 : null;
    };
  }

  /** As many rows at a time as there is room for; rows do not depend on each other. */
  private int rowsThatFit(Tensor x, long rowBytes) {
    int rows = (int) Math.min(x.numRows(), gathered.byteSize() / rowBytes);
    if (rows == 0) {
      throw new IllegalArgumentException(
          "linear of %d columns: a row of %d bytes, there is room for %d"
              .formatted(x.rowLength(), rowBytes, gathered.byteSize()));
    }
    return rows;
  }

  private static long row(Tensor x, int row) {
    return x.data().address() + row * x.rowStride() * x.dtype().bytes();
  }

  /** Inputs as bytes: their columns, filled up to whole blocks, then room for a scale of each. */
  private void runQuantized(Quantized quantized, Tensor out, Tensor x, Part part) {
    int in = part.inFeatures();
    long blocks = Math.ceilDiv(in, QUANTIZED_BLOCK);
    long scaleBytes = Math.ceilDiv(Float.BYTES * blocks, ROW_ALIGNMENT) * ROW_ALIGNMENT;
    long rowBytes = blocks * QUANTIZED_BLOCK + scaleBytes;
    int chunk = rowsThatFit(x, rowBytes);
    for (int from = 0; from < x.numRows(); from += chunk) {
      int rows = Math.min(chunk, x.numRows() - from);
      quantized
          .quantize()
          .put(gathered.address())
          .put(row(x, from))
          .put(rowBytes)
          .put(x.rowStride())
          .put(rows)
          .put(in)
          .launch(rows, 1, 1, RowKernels.threads(in), 0);
      launchTensorCores(
          quantized.kernels(), call(out, from, rows, gathered.address(), rowBytes, part));
    }
  }

  private void runGathered(Tensor out, Tensor x, Part part) {
    int chunk = rowsThatFit(x, (long) part.inFeatures() * x.dtype().bytes());
    for (int from = 0; from < x.numRows(); from += chunk) {
      int rows = Math.min(chunk, x.numRows() - from);
      gatherColumns[variant(x)]
          .put(gathered.address())
          .put(row(x, from))
          .put(part.columns().address())
          .put((long) part.inFeatures())
          .put(x.rowStride())
          .put(rows)
          .put(part.inFeatures())
          .launch(rows, Math.ceilDiv(part.inFeatures(), 256), 1, 256, 0);
      run(out, from, rows, x, gathered.address(), part.inFeatures(), part);
    }
  }

  private static Call call(
      Tensor out, int firstRow, int rows, long input, long inputStride, Part part) {
    long output =
        out.data().address()
            + (firstRow * out.rowStride() + part.firstFeature()) * out.dtype().bytes();
    return new Call(out, output, rows, input, inputStride, part);
  }

  private void run(
      Tensor out, int firstRow, int rows, Tensor x, long input, long inputStride, Part part) {
    Call call = call(out, firstRow, rows, input, inputStride, part);
    if (x.dtype() == DType.F32) {
      launchPlain(float32Kernel(part), call);
    } else if (part.format() == WeightFormat.F32) {
      launchPlain(plain[1], call);
    } else {
      launchTensorCores(forms(part), call);
    }
  }

  private Forms forms(Part part) {
    return switch (part.format()) {
      case BF16 -> bf16;
      case F16 -> f16;
      case F32 -> throw new IllegalStateException("no tensor cores for weights in F32");
      case INT8 -> bf16Packed8;
      case INT4 -> bf16Packed4;
      case FP8 -> bf16PackedE4m3;
    };
  }

  private CudaKernel float32Kernel(Part part) {
    return switch (part.format()) {
      case F32, F16, BF16 -> plain[0];
      case INT8 -> packed8;
      case INT4 -> packed4;
      case FP8 -> packedE4m3;
    };
  }

  /** One launch's worth of a layer. */
  private record Call(Tensor out, long output, int rows, long input, long inputStride, Part part) {
    int partitionLength() {
      return 128 * Math.ceilDiv(part.inFeatures(), 1024);
    }

    int partitions() {
      return Math.ceilDiv(part.inFeatures(), partitionLength());
    }

    CudaKernel put(CudaKernel kernel, long workspace, int splits) {
      return kernel
          .put(input)
          .put(part.weight().address())
          .put(part.scales().address())
          .put(part.zeros().address())
          .put(part.bias().address())
          .put(output)
          .put(workspace)
          .put(inputStride)
          .put(part.stride())
          .put(out.rowStride())
          .put(rows)
          .put(part.inFeatures())
          .put(part.outFeatures())
          .put(partitionLength())
          .put(splits)
          .put(part.groupSize())
          .put(part.weightType())
          .put(part.scaleType())
          .put(Types.of(out))
          .put(0);
    }
  }

  private static void launchPlain(CudaKernel kernel, Call call) {
    call.put(kernel, 0, 1)
        .launch(
            Math.ceilDiv(call.part().outFeatures(), 64), Math.ceilDiv(call.rows(), 8), 1, 64, 0);
  }

  private void launchTensorCores(Forms forms, Call call) {
    int features = call.part().outFeatures();
    if (call.rows() <= MAX_SKINNY_ROWS) {
      call.put(forms.skinny(), 0, 1)
          .launch(
              Math.ceilDiv(features, 16),
              Math.ceilDiv(call.rows(), 8),
              1,
              32 * call.partitions(),
              0);
      return;
    }
    Tiled tiled = call.rows() <= SMALL_TILE ? forms.small() : forms.large();
    int rowTiles = Math.ceilDiv(call.rows(), tiled.rows());
    int featureTiles = Math.ceilDiv(features, 128);
    int splits = numSplits(call, rowTiles * featureTiles);
    long sums = splits > 1 ? workspace.address() : 0;
    call.put(tiled.kernel(), sums, splits)
        .launch(featureTiles, rowTiles, splits, 256, tiled.sharedBytes());
    if (splits > 1) {
      call.put(merge, sums, splits).launch(Math.ceilDiv(features, 256), call.rows(), 1, 256, 0);
    }
  }

  /** More than one where a layer has too few tiles to keep the device busy. */
  private int numSplits(Call call, int tiles) {
    long sums = (long) call.partitions() * call.rows() * call.part().outFeatures();
    long bytes = sums * Float.BYTES;
    return bytes <= workspace.byteSize()
        ? Math.clamp(numMultiprocessors / tiles, 1, call.partitions())
        : 1;
  }
}
