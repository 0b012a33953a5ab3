package dev.gatun.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.gatun.tensor.Activation;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.Tensor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * The ops of one loaded library that do not touch the KV cache, each a downcall to the C function
 * that its handle is named after. They pass on what they are given; {@link CpuOps} has checked it.
 * Engine thread.
 *
 * <p>A segment that is passed as an argument cannot be freed during the call.
 */
final class CpuKernels {
  private static final int F32 = 0;
  private static final int F16 = 1;
  private static final int BF16 = 2;

  private static final MethodHandle EMBED =
      kernel(
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT);
  private static final MethodHandle GATHER_ROWS =
      kernel(ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle RMS_NORM =
      kernel(
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_FLOAT);
  private static final MethodHandle ADD_RMS_NORM =
      kernel(
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_FLOAT);
  private static final MethodHandle LAYER_NORM =
      kernel(
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT);
  private static final MethodHandle QK_NORM =
      kernel(
          ADDRESS,
          JAVA_LONG,
          ADDRESS,
          JAVA_INT,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_FLOAT,
          JAVA_FLOAT);
  private static final MethodHandle LINEAR =
      kernel(
          ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG,
          JAVA_LONG);
  private static final MethodHandle ROUNDING_LINEAR =
      kernel(
          ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS,
          JAVA_LONG);
  private static final MethodHandle ROPE =
      kernel(
          ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
          JAVA_LONG);
  private static final MethodHandle GATED_ACTIVATION =
      kernel(ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle ACTIVATION =
      kernel(ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT);
  private static final MethodHandle ADD =
      kernel(ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private final MemorySegment pool;
  private final MemorySegment embed;
  private final MemorySegment gatherRows;
  private final MemorySegment rmsNorm;
  private final MemorySegment addRmsNorm;
  private final MemorySegment layerNorm;
  private final MemorySegment qkNorm;
  private final MemorySegment linear;
  private final MemorySegment bf16Linear;
  private final MemorySegment packedLinear;
  private final MemorySegment rope;
  private final MemorySegment gatedActivation;
  private final MemorySegment activation;
  private final MemorySegment add;

  /** Ops that run on the given pool. */
  CpuKernels(CpuLibrary library, MemorySegment pool) {
    this.pool = pool;
    embed = library.address("embed");
    gatherRows = library.address("gather_rows");
    rmsNorm = library.address("rms_norm");
    addRmsNorm = library.address("add_rms_norm");
    layerNorm = library.address("layer_norm");
    qkNorm = library.address("qk_norm");
    linear = library.address("linear");
    bf16Linear = library.address("bf16_linear");
    packedLinear = library.address("packed_linear");
    rope = library.address("rope");
    gatedActivation = library.address("gated_activation");
    activation = library.address("activation");
    add = library.address("add");
  }

  /** An int function of the pool and the given arguments, its address first. */
  static MethodHandle kernel(MemoryLayout... arguments) {
    MemoryLayout[] all = new MemoryLayout[arguments.length + 1];
    all[0] = ADDRESS;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return CpuLibrary.plain(JAVA_INT, all);
  }

  /** Number of a tensor's type in gatun_cpu.h. */
  static int type(Tensor tensor) {
    return type(tensor.dtype());
  }

  /** Number of a storage type in gatun_cpu.h. */
  static int type(DType dtype) {
    return switch (dtype) {
      case F32 -> F32;
      case F16 -> F16;
      case BF16 -> BF16;
      case BOOL, U8, I8, I16, I32, I64, F8_E4M3, F64 ->
          throw new IllegalArgumentException(dtype + " is not one of F32, F16, BF16");
    };
  }

  private static int kind(Activation function) {
    return switch (function) {
      case SILU -> 0;
      case GELU -> 1;
      case GELU_TANH -> 2;
      case RELU -> 3;
    };
  }

  private static MemorySegment data(@Nullable Tensor tensor) {
    return tensor == null ? MemorySegment.NULL : tensor.data();
  }

  void embed(Tensor out, Tensor table, Tensor ids, float scale) {
    try {
      int status =
          (int)
              EMBED.invokeExact(
                  embed,
                  pool,
                  out.data(),
                  out.rowStride(),
                  table.data(),
                  type(table),
                  table.rowStride(),
                  ids.data(),
                  (long) out.numRows(),
                  (long) out.rowLength(),
                  scale);
      CpuLibrary.check("embed", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("embed", e);
    }
  }

  void gatherRows(Tensor out, Tensor x, Tensor rows) {
    try {
      int status =
          (int)
              GATHER_ROWS.invokeExact(
                  gatherRows,
                  pool,
                  out.data(),
                  out.rowStride(),
                  x.data(),
                  x.rowStride(),
                  rows.data(),
                  (long) out.numRows(),
                  (long) out.rowLength());
      CpuLibrary.check("gather_rows", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("gather_rows", e);
    }
  }

  void rmsNorm(Tensor out, Tensor x, Tensor weight, float weightOffset, float eps) {
    try {
      int status =
          (int)
              RMS_NORM.invokeExact(
                  rmsNorm,
                  pool,
                  out.data(),
                  out.rowStride(),
                  x.data(),
                  x.rowStride(),
                  weight.data(),
                  type(weight),
                  (long) x.numRows(),
                  (long) x.rowLength(),
                  weightOffset,
                  eps);
      CpuLibrary.check("rms_norm", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("rms_norm", e);
    }
  }

  void addRmsNorm(
      Tensor out, Tensor residual, Tensor x, Tensor weight, float weightOffset, float eps) {
    try {
      int status =
          (int)
              ADD_RMS_NORM.invokeExact(
                  addRmsNorm,
                  pool,
                  out.data(),
                  out.rowStride(),
                  residual.data(),
                  residual.rowStride(),
                  x.data(),
                  x.rowStride(),
                  weight.data(),
                  type(weight),
                  (long) x.numRows(),
                  (long) x.rowLength(),
                  weightOffset,
                  eps);
      CpuLibrary.check("add_rms_norm", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("add_rms_norm", e);
    }
  }

  void layerNorm(Tensor out, Tensor x, Tensor weight, @Nullable Tensor bias, float eps) {
    try {
      int status =
          (int)
              LAYER_NORM.invokeExact(
                  layerNorm,
                  pool,
                  out.data(),
                  out.rowStride(),
                  x.data(),
                  x.rowStride(),
                  weight.data(),
                  type(weight),
                  data(bias),
                  bias == null ? F32 : type(bias),
                  (long) x.numRows(),
                  (long) x.rowLength(),
                  eps);
      CpuLibrary.check("layer_norm", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("layer_norm", e);
    }
  }

  void qkNorm(Tensor heads, long headDim, Tensor weight, float weightOffset, float eps) {
    try {
      int status =
          (int)
              QK_NORM.invokeExact(
                  qkNorm,
                  pool,
                  heads.data(),
                  heads.rowStride(),
                  weight.data(),
                  type(weight),
                  (long) heads.numRows(),
                  heads.rowLength() / headDim,
                  headDim,
                  weightOffset,
                  eps);
      CpuLibrary.check("qk_norm", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("qk_norm", e);
    }
  }

  void linear(Tensor out, Tensor x, CpuLinearWeight weight) {
    try {
      int status =
          (int)
              LINEAR.invokeExact(
                  linear,
                  pool,
                  out.data(),
                  out.rowStride(),
                  x.data(),
                  x.rowStride(),
                  weight.blocks(),
                  weight.numBlocks(),
                  type(weight.storage()),
                  (long) x.numRows(),
                  (long) x.rowLength());
      CpuLibrary.check("linear", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("linear", e);
    }
  }

  /** {@link #linear} with rows of x rounded to BF16. */
  void bf16Linear(Tensor out, Tensor x, CpuLinearWeight weight, MemorySegment workspace) {
    roundingLinear(
        "bf16_linear", bf16Linear, out, x, weight.blocks(), weight.numBlocks(), workspace);
  }

  void packedLinear(Tensor out, Tensor x, CpuPackedWeight weight, MemorySegment workspace) {
    roundingLinear(
        "packed_linear", packedLinear, out, x, weight.blocks(), weight.numBlocks(), workspace);
  }

  private void roundingLinear(
      String name,
      MemorySegment function,
      Tensor out,
      Tensor x,
      MemorySegment blocks,
      int numBlocks,
      MemorySegment workspace) {
    try {
      int status =
          (int)
              ROUNDING_LINEAR.invokeExact(
                  function,
                  pool,
                  out.data(),
                  out.rowStride(),
                  x.data(),
                  x.rowStride(),
                  blocks,
                  numBlocks,
                  (long) x.numRows(),
                  (long) x.rowLength(),
                  workspace,
                  workspace.byteSize());
      CpuLibrary.check(name, status);
    } catch (Throwable e) {
      throw CpuLibrary.broken(name, e);
    }
  }

  void rope(Tensor heads, long headDim, Tensor positions, Tensor cosSin) {
    try {
      int status =
          (int)
              ROPE.invokeExact(
                  rope,
                  pool,
                  heads.data(),
                  heads.rowStride(),
                  positions.data(),
                  cosSin.data(),
                  cosSin.rowStride(),
                  (long) heads.numRows(),
                  heads.rowLength() / headDim,
                  headDim,
                  (long) cosSin.rowLength());
      CpuLibrary.check("rope", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("rope", e);
    }
  }

  void gatedActivation(Tensor out, Tensor gateUp, Activation function) {
    try {
      int status =
          (int)
              GATED_ACTIVATION.invokeExact(
                  gatedActivation,
                  pool,
                  out.data(),
                  out.rowStride(),
                  gateUp.data(),
                  gateUp.rowStride(),
                  (long) out.numRows(),
                  (long) out.rowLength(),
                  kind(function));
      CpuLibrary.check("gated_activation", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("gated_activation", e);
    }
  }

  void activation(Tensor out, Tensor x, Activation function) {
    try {
      int status =
          (int)
              ACTIVATION.invokeExact(
                  activation,
                  pool,
                  out.data(),
                  out.rowStride(),
                  x.data(),
                  x.rowStride(),
                  (long) out.numRows(),
                  (long) out.rowLength(),
                  kind(function));
      CpuLibrary.check("activation", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("activation", e);
    }
  }

  void add(Tensor out, Tensor a, Tensor b) {
    try {
      int status =
          (int)
              ADD.invokeExact(
                  add,
                  pool,
                  out.data(),
                  out.rowStride(),
                  a.data(),
                  a.rowStride(),
                  b.data(),
                  b.rowStride(),
                  (long) out.numRows(),
                  (long) out.rowLength());
      CpuLibrary.check("add", status);
    } catch (Throwable e) {
      throw CpuLibrary.broken("add", e);
    }
  }
}
