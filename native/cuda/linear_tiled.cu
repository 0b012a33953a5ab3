/*
 * linear_tiled128, linear_tiled64: out = x weight^T + bias on the matrix units, for many rows.
 * linear_merge: the sum of partitions in order, where a tiled kernel split them.
 *
 *   x [rows, in_features] in bf16; a block computes 128 features of 128 or 64 rows
 *   grid (ceil(out_features, 128), ceil(rows, TOKENS), splits), block 256: 4 warps of 32 features
 *   x 2 warps of half the rows
 *
 * Weights and inputs go through a ring of stages in shared memory by asynchronous copies. A warp
 * reads 16 bytes of a row per lane: 8 lanes take two rows of 64 bytes, which lie in different
 * banks because the halves of odd rows of bf16 are swapped.
 *
 * Sums of a partition are added to the total where it ends, as linear_skinny does: the same bits.
 * With splits > 1 they go to the workspace instead, which gives more blocks to few features.
 */
#include "linear_tile.cuh"

/* A stage of the ring: FEATURES rows of weights, then TOKENS rows of inputs. */
template <class W, int TOKENS>
struct Stage {
  static constexpr int WEIGHT_BYTES = FEATURES * W::ROW_BYTES;
  static constexpr int ROW_BYTES = W::STEP * 2; /* of inputs */
  static constexpr int BYTES = WEIGHT_BYTES + TOKENS * ROW_BYTES;

  static __device__ __forceinline__ int weight_place(int row, int c) {
    return row * W::ROW_BYTES + (W::ROW_BYTES == 64 ? c : swapped(row, c)) * 16;
  }
  static __device__ __forceinline__ int input_place(int row, int c) {
    return WEIGHT_BYTES + row * ROW_BYTES + swapped(row, c) * 16;
  }

  static __device__ __forceinline__ void load_weights(const LinearArgs& a, unsigned char* stage,
                                                      int k) {
    constexpr int VECTORS = W::ROW_BYTES / 16;
#pragma unroll
    for (int i = 0; i < FEATURES * VECTORS / THREADS; i++) {
      int row = (i * THREADS + threadIdx.x) / VECTORS;
      int c = threadIdx.x % VECTORS;
      int feature = blockIdx.x * FEATURES + row;
      bool is_there = feature < a.out_features;
      const uint8_t* from = (const uint8_t*)a.weight + W::row_start(a, is_there ? feature : 0) +
                            (int64_t)(k / W::STEP) * W::ROW_BYTES + c * 16;
      cp_async16(stage + weight_place(row, c), from, is_there);
    }
  }

  /* Rows that have no vectors, or end in the middle of one, are copied by the threads. */
  static __device__ __forceinline__ void load_inputs(const LinearArgs& a, unsigned char* stage,
                                                     int k, bool is_vector) {
    constexpr int VECTORS = ROW_BYTES / 16;
#pragma unroll
    for (int i = 0; i < TOKENS * VECTORS / THREADS; i++) {
      int row = (i * THREADS + threadIdx.x) / VECTORS;
      int c = threadIdx.x % VECTORS;
      int64_t token = (int64_t)blockIdx.y * TOKENS + row;
      int column = k + c * 8;
      const bf16* x = (const bf16*)a.x + (token < a.rows ? token : 0) * a.x_stride;
      unsigned char* to = stage + input_place(row, c);
      if (is_vector) {
        bool is_there = token < a.rows && column < a.in_features;
        cp_async16(to, x + (is_there ? column : 0), is_there);
      } else {
        for (int j = 0; j < 8; j++) {
          bool is_there = token < a.rows && column + j < a.in_features;
          ((bf16*)to)[j] = is_there ? x[column + j] : bf16{0};
        }
      }
    }
  }
};

/* Sums of a partition; with packed weights also those of a group. */
template <class W, int TILES>
struct Accumulator {
  WarpSums<TILES> partition;
  WarpSums<W::IS_PACKED ? TILES : 1> group;
  ColumnGroups groups;
  uint32_t minus[FEATURE_TILES][2];

  __device__ __forceinline__ explicit Accumulator(const LinearArgs& a) : groups(a) {
    partition.clear();
    group.clear();
  }
  __device__ __forceinline__ void begin_group(const LinearArgs& a, const Lane<TILES>& lane,
                                              int k) {
#pragma unroll
    for (int i = 0; i < 2 * FEATURE_TILES; i++) {
      minus[i / 2][i % 2] = W::minus_zero(a, lane.feature(a, i / 2, i % 2), groups.of(k));
    }
  }
  __device__ __forceinline__ void end_group(const LinearArgs& a, const Lane<TILES>& lane, int k) {
    if constexpr (W::IS_PACKED) {
      float scales[FEATURE_TILES][2];
#pragma unroll
      for (int i = 0; i < 2 * FEATURE_TILES; i++) {
        scales[i / 2][i % 2] = scale_of(a, lane.feature(a, i / 2, i % 2), groups.of(k));
      }
      partition.add_scaled(group, scales);
      group.clear();
    }
  }
  __device__ __forceinline__ float (&fragment(int f, int n))[4] {
    if constexpr (W::IS_PACKED) {
      return group.at[f][n];
    } else {
      return partition.at[f][n];
    }
  }

  template <int TOKENS>
  __device__ __forceinline__ void multiply_chunk(const unsigned char* stage, int c,
                                                 const Lane<TILES>& lane) {
    using S = Stage<W, TOKENS>;
    uint4 weights[FEATURE_TILES][2];
    uint4 rests[W::IS_SPLIT ? FEATURE_TILES : 1][2];
#pragma unroll
    for (int i = 0; i < 2 * FEATURE_TILES; i++) {
      int row = lane.feature_row + 8 * i;
      int vector = W::ROW_BYTES == 64 ? lane.t : 4 * c + lane.t;
      uint4 words = *(const uint4*)(stage + S::weight_place(row, vector));
      uint4 all[2] = {words, words}; /* A row of bf16 has chunk c in this vector. */
      weights[i / 2][i % 2] = W::chunk(all, c, minus[i / 2][i % 2]);
      if constexpr (W::IS_SPLIT) {
        rests[i / 2][i % 2] = W::rest(all, c);
      }
    }
#pragma unroll
    for (int n = 0; n < TILES; n++) {
      uint4 x = *(const uint4*)(stage + S::input_place(lane.token_row + 8 * n, 4 * c + lane.t));
#pragma unroll
      for (int f = 0; f < FEATURE_TILES; f++) {
        mma_chunk(fragment(f, n), weights[f][0], weights[f][1], x);
        if constexpr (W::IS_SPLIT) {
          mma_chunk(fragment(f, n), rests[f][0], rests[f][1], x);
        }
      }
    }
  }
};

/* A step of columns from k on, of which there are some up to end. */
template <class W, int TOKENS>
__device__ __forceinline__ void multiply_step(const LinearArgs& a, const unsigned char* stage,
                                              int k, int end, const Lane<TOKENS / 16>& lane,
                                              Accumulator<W, TOKENS / 16>& sums) {
#pragma unroll
  for (int c = 0; c < W::STEP / 32; c++) {
    int column = k + 32 * c;
    if (column < end) {
      if (W::IS_PACKED && (sums.groups.ends_at(column) || c == 0)) {
        sums.begin_group(a, lane, column);
      }
      sums.template multiply_chunk<TOKENS>(stage, c, lane);
      if (W::IS_PACKED && (sums.groups.ends_at(column + 32) || column + 32 >= end)) {
        sums.end_group(a, lane, column);
      }
    }
  }
}

template <class W, int TOKENS, int STAGES>
__device__ __forceinline__ void load_stage(const LinearArgs& a, int step, int k, int end,
                                           bool is_vector) {
  using S = Stage<W, TOKENS>;
  if (k < end) {
    unsigned char* stage = smem_raw + step % STAGES * S::BYTES;
    S::load_weights(a, stage, k);
    S::load_inputs(a, stage, k, is_vector);
  }
  cp_async_commit(); /* Of nothing too, so that groups count steps. */
}

template <class W, int TOKENS, int STAGES>
__device__ __forceinline__ void linear_tiled(const LinearArgs& a) {
  constexpr int TILES = TOKENS / 16;
  int partitions = (a.in_features + a.partition_length - 1) / a.partition_length;
  int first = partitions * blockIdx.z / a.splits;
  int begin = first * a.partition_length;
  int end = partitions * (blockIdx.z + 1) / a.splits * a.partition_length;
  end = min(end, a.in_features);
  bool is_vector = is_aligned(a.x) && a.x_stride % 8 == 0 && a.in_features % 8 == 0;

  Lane<TILES> lane;
  Accumulator<W, TILES> sums(a);
  WarpSums<TILES> total;
  total.clear();
  for (int step = 0; step < STAGES - 1; step++) {
    load_stage<W, TOKENS, STAGES>(a, step, begin + step * W::STEP, end, is_vector);
  }
  int partition = first;
  int partition_end = min(begin + a.partition_length, end);
  for (int step = 0, k = begin; k < end; step++, k += W::STEP) {
    cp_async_wait<STAGES - 2>();
    __syncthreads(); /* This stage is there, and the one before it has been read by all. */
    int ahead = STAGES - 1;
    load_stage<W, TOKENS, STAGES>(a, step + ahead, k + ahead * W::STEP, end, is_vector);
    multiply_step<W, TOKENS>(a, smem_raw + step % STAGES * Stage<W, TOKENS>::BYTES, k,
                             partition_end, lane, sums);
    if (k + W::STEP >= partition_end) {
      if (a.splits > 1) {
        write_partition(a, partition, sums.partition, lane);
      } else if (partition == 0) {
        total = sums.partition;
      } else {
        total.add(sums.partition);
      }
      sums.partition.clear();
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
    linear_tiled128_bf16(const __grid_constant__ LinearArgs a) {
  linear_tiled<Bf16Weights, 128, 3>(a);
}

extern "C" __global__ void __launch_bounds__(256, 1)
    linear_tiled64_bf16(const __grid_constant__ LinearArgs a) {
  linear_tiled<Bf16Weights, 64, 4>(a);
}

extern "C" __global__ void __launch_bounds__(256, 1)
    linear_tiled128_f16_bf16(const __grid_constant__ LinearArgs a) {
  linear_tiled<F16Weights, 128, 3>(a);
}

extern "C" __global__ void __launch_bounds__(256, 1)
    linear_tiled64_f16_bf16(const __grid_constant__ LinearArgs a) {
  linear_tiled<F16Weights, 64, 4>(a);
}

extern "C" __global__ void __launch_bounds__(256, 1)
    linear_tiled64_packed8_bf16(const __grid_constant__ LinearArgs a) {
  linear_tiled<ByteWeights, 64, 4>(a);
}

extern "C" __global__ void __launch_bounds__(256, 1)
    linear_tiled64_packed4_bf16(const __grid_constant__ LinearArgs a) {
  linear_tiled<NibbleWeights, 64, 3>(a);
}

extern "C" __global__ void __launch_bounds__(256, 1)
    linear_tiled64_packed_e4m3_bf16(const __grid_constant__ LinearArgs a) {
  linear_tiled<E4m3Weights, 64, 4>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    linear_merge_bf16(const __grid_constant__ LinearArgs a) {
  int feature = blockIdx.x * 256 + threadIdx.x;
  if (feature >= a.out_features) {
    return;
  }
  int partitions = (a.in_features + a.partition_length - 1) / a.partition_length;
  int64_t place = (int64_t)blockIdx.y * a.out_features + feature;
  float total = a.workspace[place];
  for (int p = 1; p < partitions; p++) {
    total += a.workspace[p * (int64_t)a.rows * a.out_features + place];
  }
  store_out<bf16>(a, blockIdx.y, feature, total + (a.bias == nullptr ? 0.0f : a.bias[feature]));
}
