/* The part of cuBLASLt that the stand-in has, by our own declarations. */
#ifndef GTN_EMU_CUBLASLT_H
#define GTN_EMU_CUBLASLT_H

#include "../driver.h"

using cublasStatus = int;
using cublasLtHandle = struct LtHandle_st*;
using cublasLtMatmulDesc = struct LtMatmul_st*;
using cublasLtMatrixLayout = struct LtLayout_st*;
using cublasLtMatmulPreference = struct LtPreference_st*;

enum : cublasStatus {
  CUBLAS_SUCCESS = 0,
  CUBLAS_INVALID_VALUE = 7,
  CUBLAS_EXECUTION_FAILED = 13,
  CUBLAS_NOT_SUPPORTED = 15
};
enum { R_32F = 0, R_16F = 2, R_8I = 3, R_32I = 10, R_16BF = 14, R_8F_E4M3 = 28 };
enum { COMPUTE_32F = 68, COMPUTE_32I = 72 };
enum { EPILOGUE_RELU = 2, EPILOGUE_BIAS = 4, EPILOGUE_GELU = 32 };
enum {
  DESC_POINTER_MODE = 2,
  DESC_TRANSA = 3,
  DESC_TRANSB = 4,
  DESC_EPILOGUE = 7,
  DESC_BIAS_POINTER = 8,
  DESC_A_SCALE_POINTER = 17,
  DESC_B_SCALE_POINTER = 18,
  DESC_D_SCALE_POINTER = 20,
  DESC_FAST_ACCUM = 25,
  DESC_BIAS_DATA_TYPE = 26,
  DESC_A_SCALE_MODE = 31,
  DESC_B_SCALE_MODE = 32
};
enum { SCALE_SCALAR = 0, SCALE_OUTER_VECTOR = 3 };
enum {
  LAYOUT_TYPE = 0,
  LAYOUT_ORDER = 1,
  LAYOUT_ROWS = 2,
  LAYOUT_COLS = 3,
  LAYOUT_LD = 4,
  LAYOUT_BATCH = 5,
  LAYOUT_STRIDE = 6
};
enum { PREFERENCE_MAX_WORKSPACE = 1, PREFERENCE_REDUCTION_MASK = 3 };
enum { ALGO_SPLITK = 2, ALGO_REDUCTION = 3 };

struct cublasLtMatmulAlgo {
  uint64_t data[8];
};

struct cublasLtMatmulHeuristicResult {
  cublasLtMatmulAlgo algo;
  size_t workspaceSize;
  int state;
  float wavesCount;
  int reserved[4];
};

static_assert(sizeof(cublasLtMatmulAlgo) == 64);
static_assert(sizeof(cublasLtMatmulHeuristicResult) == 96);

#endif
