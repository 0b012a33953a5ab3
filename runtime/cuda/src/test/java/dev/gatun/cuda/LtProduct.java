package dev.gatun.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * out = x weight^T in BF16 through cuBLASLt, as its heuristic chooses for one number of rows: what
 * our own kernels are compared with. It may split sums, which they may not.
 *
 * <p>cuBLASLt counts columns first: a matrix of ours is its transpose there.
 */
final class LtProduct implements AutoCloseable {
  private final CublasLt library;
  private final long handle;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment one = arena.allocateFrom(JAVA_FLOAT, 1f);
  private final MemorySegment zero = arena.allocateFrom(JAVA_FLOAT, 0f);
  private final MemorySegment heuristic = arena.allocate(CudaLayouts.CUBLASLT_HEURISTIC);
  private final long desc;
  private final long weightLayout;
  private final long inputLayout;
  private final long outputLayout;

  /**
   * Asks for the algorithm.
   *
   * @param handle of cublasLtCreate
   * @param weightStride elements from one row of the weight to the next
   * @throws CudaException if cuBLASLt has none for the shape
   */
  LtProduct(
      CublasLt library,
      long handle,
      int rows,
      int outFeatures,
      int inFeatures,
      long weightStride,
      long workspaceBytes) {
    this.library = library;
    this.handle = handle;
    desc = library.create(CublasLt.cublasLtMatmulDescCreate, CublasLt.COMPUTE_32F, CublasLt.R_32F);
    library.setInt(
        CublasLt.cublasLtMatmulDescSetAttribute, desc, CublasLt.DESC_TRANSA, CublasLt.OP_T);
    weightLayout = layout(inFeatures, outFeatures, weightStride);
    inputLayout = layout(inFeatures, rows, inFeatures);
    outputLayout = layout(outFeatures, rows, outFeatures);
    long preference = library.create(CublasLt.cublasLtMatmulPreferenceCreate);
    library.setLong(
        CublasLt.cublasLtMatmulPreferenceSetAttribute,
        preference,
        CublasLt.PREFERENCE_MAX_WORKSPACE_BYTES,
        workspaceBytes);
    MemorySegment numFound = arena.allocate(JAVA_INT);
    library.call(
        CublasLt.cublasLtMatmulAlgoGetHeuristic,
        handle,
        desc,
        weightLayout,
        inputLayout,
        outputLayout,
        outputLayout,
        preference,
        1,
        heuristic,
        numFound);
    library.call(CublasLt.cublasLtMatmulPreferenceDestroy, preference);
    if (numFound.get(JAVA_INT, 0) == 0) {
      throw new IllegalStateException("cuBLASLt has no algorithm for the shape");
    }
  }

  private long layout(long columns, long rows, long stride) {
    return library.create(
        CublasLt.cublasLtMatrixLayoutCreate, CublasLt.R_16BF, columns, rows, stride);
  }

  /** Queues the product on a stream. */
  void run(long weight, long x, long out, long workspace, long stream) {
    long workspaceBytes =
        heuristic.get(
            JAVA_LONG, CudaLayouts.offset(CudaLayouts.CUBLASLT_HEURISTIC, "workspaceSize"));
    library.call(
        CublasLt.cublasLtMatmul,
        handle,
        desc,
        one,
        weight,
        weightLayout,
        x,
        inputLayout,
        zero,
        out,
        outputLayout,
        out,
        outputLayout,
        heuristic,
        workspace,
        workspaceBytes,
        stream);
  }

  @Override
  public void close() {
    library.call(CublasLt.cublasLtMatrixLayoutDestroy, outputLayout);
    library.call(CublasLt.cublasLtMatrixLayoutDestroy, inputLayout);
    library.call(CublasLt.cublasLtMatrixLayoutDestroy, weightLayout);
    library.call(CublasLt.cublasLtMatmulDescDestroy, desc);
    arena.close();
  }
}
