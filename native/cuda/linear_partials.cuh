/*
 * What linear kernels for few rows share: warp p of a block sums up partition p of the columns for
 * 16 features of 8 rows, then the partitions are added in order.
 */
#ifndef GTN_LINEAR_PARTIALS_CUH
#define GTN_LINEAR_PARTIALS_CUH

#include "linear_weights.cuh"

constexpr int MAX_PARTITIONS = 8;
/* Distance of two tokens of partial sums: lanes of a store fall into different banks. */
constexpr int TOKEN_STRIDE = 20;

/* The outputs of the block, each the sum over partitions in order. */
__device__ __forceinline__ void merge(const LinearArgs& a,
                                      const float (&sums)[MAX_PARTITIONS][8 * TOKEN_STRIDE]) {
  for (int i = threadIdx.x; i < 128; i += blockDim.x) {
    int feature = blockIdx.x * 16 + i % 16;
    int row = blockIdx.y * 8 + i / 16;
    if (feature < a.out_features && row < a.rows) {
      int place = i / 16 * TOKEN_STRIDE + i % 16;
      float total = sums[0][place];
      for (int p = 1; p < (int)blockDim.x / 32; p++) {
        total += sums[p][place];
      }
      store_out<bf16>(a, row, feature, total + (a.bias == nullptr ? 0.0f : a.bias[feature]));
    }
  }
}

#endif
