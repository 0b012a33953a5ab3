package dev.gatun.cuda;

import static dev.gatun.cuda.CFunction.status;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * cuBLASLt, as far as it is used; bound like {@link CudaDriver}. Descriptors are handles, to be
 * destroyed by whoever created them. One thread at a time.
 */
final class CublasLt {
  /** Newest first. */
  static final String[] FILE_NAMES = {"libcublasLt.so.13", "libcublasLt.so.12"};

  static final CFunction cublasLtCreate = status("cublasLtCreate", ADDRESS);
  static final CFunction cublasLtDestroy = status("cublasLtDestroy", JAVA_LONG);
  static final CFunction cublasLtGetVersion =
      CFunction.of("cublasLtGetVersion", FunctionDescriptor.of(JAVA_LONG));
  static final CFunction cublasLtMatmulDescCreate =
      status("cublasLtMatmulDescCreate", ADDRESS, JAVA_INT, JAVA_INT);
  static final CFunction cublasLtMatmulDescSetAttribute =
      status("cublasLtMatmulDescSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  static final CFunction cublasLtMatmulDescDestroy = status("cublasLtMatmulDescDestroy", JAVA_LONG);
  static final CFunction cublasLtMatrixLayoutCreate =
      status("cublasLtMatrixLayoutCreate", ADDRESS, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final CFunction cublasLtMatrixLayoutSetAttribute =
      status("cublasLtMatrixLayoutSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  static final CFunction cublasLtMatrixLayoutDestroy =
      status("cublasLtMatrixLayoutDestroy", JAVA_LONG);
  static final CFunction cublasLtMatmulPreferenceCreate =
      status("cublasLtMatmulPreferenceCreate", ADDRESS);
  static final CFunction cublasLtMatmulPreferenceSetAttribute =
      status("cublasLtMatmulPreferenceSetAttribute", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
  static final CFunction cublasLtMatmulPreferenceDestroy =
      status("cublasLtMatmulPreferenceDestroy", JAVA_LONG);
  static final CFunction cublasLtMatmulAlgoGetHeuristic =
      status(
          "cublasLtMatmulAlgoGetHeuristic",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_INT,
          ADDRESS,
          ADDRESS);
  static final CFunction cublasLtMatmulAlgoConfigSetAttribute =
      status("cublasLtMatmulAlgoConfigSetAttribute", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG);
  static final CFunction cublasLtMatmulAlgoConfigGetAttribute =
      status(
          "cublasLtMatmulAlgoConfigGetAttribute", ADDRESS, JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS);
  static final CFunction cublasLtMatmulAlgoCheck =
      status(
          "cublasLtMatmulAlgoCheck",
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          ADDRESS,
          ADDRESS);
  static final CFunction cublasLtMatmul =
      status(
          "cublasLtMatmul",
          JAVA_LONG,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          ADDRESS,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG);

  static final int DESC_TRANSA = 3;
  static final int DESC_TRANSB = 4;
  static final int DESC_EPILOGUE = 7;
  static final int DESC_BIAS_POINTER = 8;
  static final int DESC_A_SCALE_POINTER = 17;
  static final int DESC_B_SCALE_POINTER = 18;
  static final int DESC_D_SCALE_POINTER = 20;
  static final int DESC_FAST_ACCUM = 25;
  static final int DESC_BIAS_DATA_TYPE = 26;
  static final int PREFERENCE_MAX_WORKSPACE_BYTES = 1;
  static final int PREFERENCE_REDUCTION_SCHEME_MASK = 3;
  static final int ALGO_SPLITK_NUM = 2;
  static final int ALGO_REDUCTION_SCHEME = 3;
  static final int EPILOGUE_DEFAULT = 1;
  static final int EPILOGUE_BIAS = 4;
  static final int OP_T = 1;
  static final int COMPUTE_32F = 68;
  static final int COMPUTE_32I = 72;
  static final int R_32F = 0;
  static final int R_16F = 2;
  static final int R_8I = 3;
  static final int R_32I = 10;
  static final int R_16BF = 14;
  static final int R_8F_E4M3 = 28;

  private final NativeLibrary library;
  private final MemorySegment out = Arena.ofAuto().allocate(16, 16);

  CublasLt(NativeLibrary library) {
    this.library = library;
  }

  /** As the library counts: 130101 is 13.1.1. */
  long version() {
    try {
      return (long) cublasLtGetVersion.handle().invokeExact(library.address(cublasLtGetVersion));
    } catch (Throwable e) {
      throw cublasLtGetVersion.broken(e);
    }
  }

  /** Calls a function, for calls that are not part of a step. */
  void call(CFunction function, Object... arguments) {
    check(function, library.status(function, arguments));
  }

  /** Calls a function that creates something and gives its handle. */
  long create(CFunction function, Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = out;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    call(function, all);
    return out.get(ValueLayout.JAVA_LONG, 0);
  }

  /** Sets a 32-bit attribute of a descriptor, layout or preference. */
  void setInt(CFunction setter, long handle, int attribute, int value) {
    out.set(ValueLayout.JAVA_INT, 0, value);
    call(setter, handle, attribute, out, 4L);
  }

  /** Sets a 64-bit attribute of a descriptor, layout or preference. */
  void setLong(CFunction setter, long handle, int attribute, long value) {
    out.set(ValueLayout.JAVA_LONG, 0, value);
    call(setter, handle, attribute, out, 8L);
  }

  /** Sets a 32-bit field of an algorithm's configuration. */
  void configure(MemorySegment algo, int attribute, int value) {
    out.set(ValueLayout.JAVA_INT, 0, value);
    call(cublasLtMatmulAlgoConfigSetAttribute, algo, attribute, out, 4L);
  }

  /** A 32-bit field of an algorithm's configuration. */
  int configured(MemorySegment algo, int attribute) {
    call(cublasLtMatmulAlgoConfigGetAttribute, algo, attribute, out, 4L, out.asSlice(8));
    return out.get(ValueLayout.JAVA_INT, 0);
  }

  private static void check(CFunction function, int status) {
    if (status != 0) {
      String name =
          switch (status) {
            case 1 -> "CUBLAS_STATUS_NOT_INITIALIZED";
            case 3 -> "CUBLAS_STATUS_ALLOC_FAILED";
            case 7 -> "CUBLAS_STATUS_INVALID_VALUE";
            case 8 -> "CUBLAS_STATUS_ARCH_MISMATCH";
            case 11 -> "CUBLAS_STATUS_MAPPING_ERROR";
            case 13 -> "CUBLAS_STATUS_EXECUTION_FAILED";
            case 14 -> "CUBLAS_STATUS_INTERNAL_ERROR";
            case 15 -> "CUBLAS_STATUS_NOT_SUPPORTED";
            default -> "unknown status";
          };
      throw new CudaException(function.name(), status, name, "cuBLASLt refused", false);
    }
  }
}
