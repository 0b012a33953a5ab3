/*
 * What linear kernels for many rows share: a block computes 128 features of some rows, 4 warps of
 * 32 features x 2 warps of half the rows; where a warp and a lane stand, what they sum up, and how
 * it is written.
 */
#ifndef GTN_LINEAR_TILE_CUH
#define GTN_LINEAR_TILE_CUH

#include "linear_weights.cuh"

constexpr int THREADS = 256;
constexpr int FEATURES = 128;
constexpr int FEATURE_TILES = 2; /* of 16, per warp */

/* Vector c of 16 bytes in a row of 128 or 256 bytes: odd rows have halves of 64 bytes swapped. */
__device__ __forceinline__ int swapped(int row, int c) { return c ^ ((row & 1) << 2); }

/* What a warp computes: 32 features of TILES * 8 tokens, (feature tile, token tile, fragment). */
template <int TILES, class Number = float>
struct WarpSums {
  Number at[FEATURE_TILES][TILES][4];

  __device__ __forceinline__ void clear() {
#pragma unroll
    for (int f = 0; f < FEATURE_TILES; f++) {
#pragma unroll
      for (int n = 0; n < TILES; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
          at[f][n][i] = 0;
        }
      }
    }
  }
  __device__ __forceinline__ void add(const WarpSums& other) {
#pragma unroll
    for (int f = 0; f < FEATURE_TILES; f++) {
#pragma unroll
      for (int n = 0; n < TILES; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
          at[f][n][i] += other.at[f][n][i];
        }
      }
    }
  }
  __device__ __forceinline__ void add_scaled(const WarpSums& other,
                                             const float (&scales)[FEATURE_TILES][2]) {
#pragma unroll
    for (int f = 0; f < FEATURE_TILES; f++) {
#pragma unroll
      for (int n = 0; n < TILES; n++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
          at[f][n][i] = fmaf(scales[f][i / 2], other.at[f][n][i], at[f][n][i]);
        }
      }
    }
  }
};

/* Where a warp and a lane stand in the block's tile. */
template <int TILES>
struct Lane {
  int g, t;
  int feature_row; /* row g of the warp's first feature tile, of FEATURES */
  int token_row;   /* likewise of tokens */

  __device__ __forceinline__ Lane() {
    int warp = threadIdx.x / 32;
    g = threadIdx.x % 32 / 4;
    t = threadIdx.x % 4;
    feature_row = warp % 4 * 32 + g;
    token_row = warp / 4 * TILES * 8 + g;
  }
  /* Feature of tile f, low or high half; the last one for those that are not there. */
  __device__ __forceinline__ int feature(const LinearArgs& a, int f, int half) const {
    return min((int)blockIdx.x * FEATURES + feature_row + 16 * f + 8 * half, a.out_features - 1);
  }
};

template <int TILES>
__device__ __forceinline__ void write_partition(const LinearArgs& a, int partition,
                                                const WarpSums<TILES>& sums,
                                                const Lane<TILES>& lane) {
#pragma unroll
  for (int f = 0; f < FEATURE_TILES; f++) {
#pragma unroll
    for (int n = 0; n < TILES; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int feature = blockIdx.x * FEATURES + lane.feature_row + 16 * f + i / 2 * 8;
        int row = blockIdx.y * TILES * 16 + lane.token_row - lane.g + 8 * n + 2 * lane.t + i % 2;
        if (feature < a.out_features && row < a.rows) {
          int64_t place = ((int64_t)partition * a.rows + row) * a.out_features + feature;
          a.workspace[place] = sums.at[f][n][i];
        }
      }
    }
  }
}

/* Through shared memory, so that a warp writes neighbouring features of one row. */
template <int TILES>
__device__ __forceinline__ void write_out(const LinearArgs& a, const WarpSums<TILES>& sums,
                                          const Lane<TILES>& lane) {
  constexpr int STRIDE = FEATURES + 4;
  float* tile = (float*)smem_raw; /* [tokens][STRIDE] */
  __syncthreads();                /* The last stage has been read. */
#pragma unroll
  for (int f = 0; f < FEATURE_TILES; f++) {
#pragma unroll
    for (int n = 0; n < TILES; n++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int token = lane.token_row - lane.g + 8 * n + 2 * lane.t + i % 2;
        tile[token * STRIDE + lane.feature_row + 16 * f + i / 2 * 8] = sums.at[f][n][i];
      }
    }
  }
  __syncthreads();
  int column = threadIdx.x % FEATURES;
  int feature = blockIdx.x * FEATURES + column;
  if (feature >= a.out_features) {
    return;
  }
  float bias = a.bias == nullptr ? 0.0f : a.bias[feature];
  for (int token = threadIdx.x / FEATURES; token < TILES * 16; token += THREADS / FEATURES) {
    int64_t row = (int64_t)blockIdx.y * TILES * 16 + token;
    if (row < a.rows) {
      store_out<bf16>(a, row, feature, tile[token * STRIDE + column] + bias);
    }
  }
}

#endif
