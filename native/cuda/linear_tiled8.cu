/*
 * linear_tiled64_int8, linear_tiled64_e4m3: out = x weight^T + bias, 8-bit inputs with 8-bit
 * weights, for many rows.
 *
 *   x quantised rows; a block computes 128 features of 64 rows
 *   grid (ceil(out_features, 128), ceil(rows, 64), splits), block 256: 4 warps of 32 features x
 *   2 warps of 32 rows
 *
 * Weights and inputs go through a ring of stages of 128 columns in shared memory by asynchronous
 * copies; rows are 128 bytes, the halves of odd ones swapped, so that the 8 lanes that read two
 * rows at a time meet different banks. The same bits as linear_skinny8.
 */
#include "linear_tile.cuh"
#include "linear_units8.cuh"

constexpr int TOKENS = 64;
constexpr int TILES = TOKENS / 16;
constexpr int STAGES = 4;
constexpr int ROW_BYTES = UNITS8_STEP;
constexpr int VECTORS = ROW_BYTES / 16;
constexpr int WEIGHT_BYTES = FEATURES * ROW_BYTES;
constexpr int STAGE_BYTES = WEIGHT_BYTES + TOKENS * ROW_BYTES;

__device__ __forceinline__ int vector_place(int row, int c) {
  return row * ROW_BYTES + swapped(row, c) * 16;
}

/* The 128 columns from k on, if there are any before end. */
__device__ __forceinline__ void load_stage(const LinearArgs& a, int step, int k, int end) {
  if (k < end) {
    unsigned char* stage = smem_raw + step % STAGES * STAGE_BYTES;
    int c = threadIdx.x % VECTORS;
#pragma unroll
    for (int i = 0; i < FEATURES * VECTORS / THREADS; i++) {
      int row = (i * THREADS + threadIdx.x) / VECTORS;
      int64_t feature = (int64_t)blockIdx.x * FEATURES + row;
      bool is_there = feature < a.out_features && has_weights(a, k, c / 4);
      int64_t place = is_there ? feature * a.weight_stride + k + 16 * c : 0;
      cp_async16(stage + vector_place(row, c), (const uint8_t*)a.weight + place, is_there);
    }
#pragma unroll
    for (int i = 0; i < TOKENS * VECTORS / THREADS; i++) {
      int row = (i * THREADS + threadIdx.x) / VECTORS;
      int64_t token = (int64_t)blockIdx.y * TOKENS + row;
      bool is_there = token < a.rows;
      int64_t place = is_there ? token * a.x_stride + k + 16 * c : 0;
      cp_async16(stage + WEIGHT_BYTES + vector_place(row, c), (const uint8_t*)a.x + place,
                 is_there);
    }
  }
  cp_async_commit(); /* Of nothing too, so that groups count steps. */
}

template <class U>
__device__ __forceinline__ void multiply_stage(const unsigned char* stage,
                                               const Lane<TILES>& lane,
                                               WarpSums<TILES, typename U::Sum>& sums) {
#pragma unroll
  for (int i = 0; i < VECTORS / 4; i++) {
    int c = 4 * i + lane.t;
    uint4 weights[2 * FEATURE_TILES];
#pragma unroll
    for (int f = 0; f < 2 * FEATURE_TILES; f++) {
      weights[f] = *(const uint4*)(stage + vector_place(lane.feature_row + 8 * f, c));
    }
#pragma unroll
    for (int n = 0; n < TILES; n++) {
      uint4 x = *(const uint4*)(stage + WEIGHT_BYTES + vector_place(lane.token_row + 8 * n, c));
#pragma unroll
      for (int f = 0; f < FEATURE_TILES; f++) {
        multiply_vector<U>(sums.at[f][n], weights[2 * f], weights[2 * f + 1], x);
      }
    }
  }
}

/* Adds the sums of the span that begins at k to the partition and starts them anew. */
template <class U>
__device__ __forceinline__ void add_spans(const LinearArgs& a, const Lane<TILES>& lane, int k,
                                          WarpSums<TILES, typename U::Sum>& sums,
                                          WarpSums<TILES>& partition) {
  int group = ColumnGroups(a).of(k);
  float weight_scales[FEATURE_TILES][2];
#pragma unroll
  for (int i = 0; i < 2 * FEATURE_TILES; i++) {
    weight_scales[i / 2][i % 2] = scale_of(a, lane.feature(a, i / 2, i % 2), group);
  }
  int64_t first = (int64_t)blockIdx.y * TOKENS + lane.token_row - lane.g + 2 * lane.t;
#pragma unroll
  for (int n = 0; n < TILES; n++) {
    float scales[2] = {input_scale<U>(a, first + 8 * n, k),
                       input_scale<U>(a, first + 8 * n + 1, k)};
#pragma unroll
    for (int f = 0; f < FEATURE_TILES; f++) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        partition.at[f][n][i] = add_span(partition.at[f][n][i], sums.at[f][n][i],
                                         weight_scales[f][i / 2], scales[i % 2]);
      }
    }
  }
  sums.clear();
}

template <class U>
__device__ __forceinline__ void linear_tiled8(const LinearArgs& a) {
  int partitions = (a.in_features + a.partition_length - 1) / a.partition_length;
  int partition = partitions * blockIdx.z / a.splits;
  int begin = partition * a.partition_length;
  int end = partitions * (blockIdx.z + 1) / a.splits * a.partition_length;
  end = min(end, a.in_features);

  Lane<TILES> lane;
  WarpSums<TILES, typename U::Sum> sums;
  WarpSums<TILES> scaled;
  WarpSums<TILES> total;
  sums.clear();
  scaled.clear();
  total.clear();
  for (int step = 0; step < STAGES - 1; step++) {
    load_stage(a, step, begin + step * UNITS8_STEP, end);
  }
  int partition_end = min(begin + a.partition_length, end);
  for (int step = 0, k = begin; k < end; step++, k += UNITS8_STEP) {
    cp_async_wait<STAGES - 2>();
    __syncthreads(); /* This stage is there, and the one before it has been read by all. */
    load_stage(a, step + STAGES - 1, k + (STAGES - 1) * UNITS8_STEP, end);
    multiply_stage<U>(smem_raw + step % STAGES * STAGE_BYTES, lane, sums);
    int next = k + UNITS8_STEP;
    if (ends_span<U>(next, partition_end)) {
      add_spans<U>(a, lane, k, sums, scaled);
    }
    if (next >= partition_end) {
      if (a.splits > 1) {
        write_partition(a, partition, scaled, lane);
      } else if (partition == 0) {
        total = scaled;
      } else {
        total.add(scaled);
      }
      scaled.clear();
      partition++;
      partition_end = min(partition_end + a.partition_length, end);
    }
  }
  cp_async_wait<0>();
  if (a.splits == 1) {
    write_out(a, total, lane);
  }
}

extern "C" __global__ void __launch_bounds__(256, 1)
    linear_tiled64_int8_bf16(const __grid_constant__ LinearArgs a) {
  linear_tiled8<Int8Units>(a);
}

extern "C" __global__ void __launch_bounds__(256, 1)
    linear_tiled64_e4m3_bf16(const __grid_constant__ LinearArgs a) {
  linear_tiled8<E4m3Units>(a);
}
