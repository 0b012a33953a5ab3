/*
 * Rows of 8-bit inputs as linear kernels read them: see QuantizeArgs of args.h. Their columns lie
 * as those of packed bytes do, so that a lane of the matrix units finds its share of 64 columns of
 * either operand in one vector.
 */
#ifndef GTN_QUANTIZED_ROWS_CUH
#define GTN_QUANTIZED_ROWS_CUH

#include "rows.cuh"

constexpr int QUANTIZED_BLOCK = 128; /* columns to whose multiple rows are filled up */

__device__ __forceinline__ int quantized_columns(int size) {
  return (size + QUANTIZED_BLOCK - 1) / QUANTIZED_BLOCK * QUANTIZED_BLOCK;
}

#endif
