package dev.gatun.cuda;

import static dev.gatun.cuda.CudaOps.variant;

import dev.gatun.tensor.Activation;
import dev.gatun.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Launches the kernels that work row by row, each in the form for the type of its activations.
 * Arguments have been checked; there is at least one row. Engine thread.
 */
final class RowKernels {
  private static final int MAX_WARPS = 8;
  private static final int HEADS_PER_BLOCK = 4;
  private static final int BLOCK = 128;

  private final CudaKernel[] embed;
  private final CudaKernel[] gatherRows;
  private final CudaKernel[] rmsNorm;
  private final CudaKernel[] addRmsNorm;
  private final CudaKernel[] layerNorm;
  private final CudaKernel[] qkNorm;
  private final CudaKernel[] rope;
  private final CudaKernel[] gatedActivation;
  private final CudaKernel[] activation;
  private final CudaKernel[] add;

  RowKernels(CudaModule module) {
    embed = pair(module, "embed", KernelStruct.EMBED);
    gatherRows = pair(module, "gather_rows", KernelStruct.GATHER_ROWS);
    rmsNorm = pair(module, "rms_norm", KernelStruct.NORM);
    addRmsNorm = pair(module, "add_rms_norm", KernelStruct.NORM);
    layerNorm = pair(module, "layer_norm", KernelStruct.NORM);
    qkNorm = pair(module, "qk_norm", KernelStruct.QK_NORM);
    rope = pair(module, "rope", KernelStruct.ROPE);
    gatedActivation = pair(module, "gated_activation", KernelStruct.ELEMENTWISE);
    activation = pair(module, "activation", KernelStruct.ELEMENTWISE);
    add = pair(module, "add", KernelStruct.ELEMENTWISE);
  }

  static CudaKernel[] pair(CudaModule module, String name, KernelStruct struct) {
    return new CudaKernel[] {
      module.kernel(name + "_f32", struct), module.kernel(name + "_bf16", struct)
    };
  }

  /** Threads for a row of so many elements. */
  static int threads(int rowLength) {
    return 32 * Math.min(MAX_WARPS, Math.ceilDiv(rowLength, 256));
  }

  void embed(Tensor out, Tensor table, long ids, float scale) {
    embed[variant(out)]
        .put(out)
        .put(table)
        .put(ids)
        .put(out.rowStride())
        .put(out.numRows())
        .put(out.rowLength())
        .put(Types.of(table))
        .put(scale)
        .launch(out.numRows(), 1, 1, threads(out.rowLength()), 0);
  }

  void gatherRows(Tensor out, Tensor x, long indices) {
    gatherRows[variant(out)]
        .put(out)
        .put(x)
        .put(indices)
        .put(out.rowStride())
        .put(x.rowStride())
        .put(out.numRows())
        .put(out.rowLength())
        .launch(out.numRows(), 1, 1, threads(out.rowLength()), 0);
  }

  void rmsNorm(Tensor out, Tensor x, Tensor weight, float weightOffset, float eps) {
    norm(rmsNorm[variant(x)], out, x, null, weight, null, weightOffset, eps);
  }

  void addRmsNorm(
      Tensor out, Tensor residual, Tensor x, Tensor weight, float weightOffset, float eps) {
    norm(addRmsNorm[variant(x)], out, x, residual, weight, null, weightOffset, eps);
  }

  void layerNorm(Tensor out, Tensor x, Tensor weight, @Nullable Tensor bias, float eps) {
    norm(layerNorm[variant(x)], out, x, null, weight, bias, 0, eps);
  }

  private static void norm(
      CudaKernel kernel,
      Tensor out,
      Tensor x,
      @Nullable Tensor residual,
      Tensor weight,
      @Nullable Tensor bias,
      float weightOffset,
      float eps) {
    kernel
        .put(out)
        .put(x)
        .put(residual == null ? 0L : residual.data().address())
        .put(weight)
        .put(bias == null ? 0L : bias.data().address())
        .put(out.rowStride())
        .put(x.rowStride())
        .put(residual == null ? 0L : residual.rowStride())
        .put(x.numRows())
        .put(x.rowLength())
        .put(Types.of(weight))
        .put(bias == null ? 0 : Types.of(bias))
        .put(weightOffset)
        .put(eps)
        .launch(x.numRows(), 1, 1, threads(x.rowLength()), 0);
  }

  void qkNorm(Tensor heads, int headDim, Tensor weight, float weightOffset, float eps) {
    int numHeads = heads.rowLength() / headDim;
    qkNorm[variant(heads)]
        .put(heads)
        .put(weight)
        .put(heads.rowStride())
        .put(heads.numRows())
        .put(numHeads)
        .put(headDim)
        .put(Types.of(weight))
        .put(weightOffset)
        .put(eps)
        .launch(Math.ceilDiv((long) heads.numRows() * numHeads, HEADS_PER_BLOCK), 1, 1, BLOCK, 0);
  }

  void rope(Tensor heads, int headDim, long positions, Tensor cosSin) {
    int numHeads = heads.rowLength() / headDim;
    int rotaryDim = cosSin.rowLength();
    rope[variant(heads)]
        .put(heads)
        .put(cosSin)
        .put(positions)
        .put(heads.rowStride())
        .put(heads.numRows())
        .put(numHeads)
        .put(headDim)
        .put(rotaryDim)
        .launch(heads.numRows(), Math.ceilDiv(numHeads * rotaryDim / 2, BLOCK), 1, BLOCK, 0);
  }

  void gatedActivation(Tensor out, Tensor gateUp, Activation function) {
    elementwise(gatedActivation[variant(out)], out, gateUp, null, Types.of(function));
  }

  void activation(Tensor out, Tensor x, Activation function) {
    elementwise(activation[variant(out)], out, x, null, Types.of(function));
  }

  void add(Tensor out, Tensor a, Tensor b) {
    elementwise(add[variant(out)], out, a, b, 0);
  }

  private static void elementwise(
      CudaKernel kernel, Tensor out, Tensor x, @Nullable Tensor y, int function) {
    int threads = threads(out.rowLength());
    kernel
        .put(out)
        .put(x)
        .put(y == null ? 0L : y.data().address())
        .put(out.rowStride())
        .put(x.rowStride())
        .put(y == null ? 0L : y.rowStride())
        .put(out.numRows())
        .put(out.rowLength())
        .put(function)
        .put(0)
        .launch(out.numRows(), Math.ceilDiv(out.rowLength(), 8 * threads), 1, threads, 0);
  }
}
