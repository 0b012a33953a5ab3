/*
 * linear_skinny: out = x weight^T + bias on the matrix units, for few rows.
 *
 *   x [rows, in_features] in bf16, weights of 16 features are the 16-row operand, 8 rows of x the
 *   other one
 *   grid (ceil(out_features, 16), ceil(rows, 8), 1), block 32 * partitions: warp p computes the
 *   columns of partition p, then the partitions are added in order
 *
 * Bound by the bytes of the weights, which go from global memory to registers with nothing in
 * between, each once per 8 rows. A batch of 8 vectors per lane is on its way while the one before
 * it is multiplied.
 */
#include "linear_partials.cuh"

/* Vectors of rows g and g + 8 that a lane has in flight. */
template <class W>
struct Batch {
  static constexpr int STEPS = 4 / W::WORDS;
  static constexpr int COLUMNS = STEPS * W::STEP;
  uint4 low[4];
  uint4 high[4];

  __device__ __forceinline__ void load(const uint8_t* low_row, const uint8_t* high_row, int k,
                                       int end) {
#pragma unroll
    for (int step = 0; step < STEPS; step++) {
      int column = k + step * W::STEP;
#pragma unroll
      for (int word = 0; word < W::WORDS; word++) {
        int i = step * W::WORDS + word;
        int64_t place = (int64_t)(column / W::STEP) * W::ROW_BYTES + word * 64;
        low[i] = make_uint4(0, 0, 0, 0);
        high[i] = low[i];
        if (column < end) {
          low[i] = __ldcs((const uint4*)(low_row + place));
          high[i] = __ldcs((const uint4*)(high_row + place));
        }
      }
    }
  }
};

/* A token's columns [k, k + 8), zeros behind the last one. */
struct TokenRow {
  const bf16* x; /* null for a row that is not there */
  int in_features;
  bool is_vector;

  __device__ __forceinline__ uint4 load(int k) const {
    if (x == nullptr || k >= in_features) {
      return make_uint4(0, 0, 0, 0);
    }
    if (is_vector && k + 8 <= in_features) {
      return *(const uint4*)(x + k);
    }
    uint32_t w[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      uint32_t low = k + 2 * i < in_features ? x[k + 2 * i].bits : 0;
      uint32_t high = k + 2 * i + 1 < in_features ? x[k + 2 * i + 1].bits : 0;
      w[i] = high << 16 | low;
    }
    return make_uint4(w[0], w[1], w[2], w[3]);
  }
};

/* What a lane keeps of its two features: sums of the group and of the partition. */
template <class W>
struct Sums {
  const LinearArgs& a;
  ColumnGroups groups;
  int low_feature;
  int high_feature;
  uint32_t low_minus;
  uint32_t high_minus;
  float group[4];
  float partition[4];

  __device__ __forceinline__ Sums(const LinearArgs& args, int low, int high)
      : a(args), groups(args), low_feature(low), high_feature(high), low_minus(0), high_minus(0),
        group{0, 0, 0, 0}, partition{0, 0, 0, 0} {}

  __device__ __forceinline__ void begin_group(int k) {
    low_minus = W::minus_zero(a, low_feature, groups.of(k));
    high_minus = W::minus_zero(a, high_feature, groups.of(k));
  }
  __device__ __forceinline__ void end_group(int k) {
    float low = scale_of(a, low_feature, groups.of(k));
    float high = scale_of(a, high_feature, groups.of(k));
#pragma unroll
    for (int i = 0; i < 4; i++) {
      partition[i] = fmaf(i < 2 ? low : high, group[i], partition[i]);
      group[i] = 0;
    }
  }
};

template <class W>
__device__ __forceinline__ void multiply(const Batch<W>& batch, const TokenRow& token, int k,
                                         int end, int t, Sums<W>& sums) {
#pragma unroll
  for (int step = 0; step < Batch<W>::STEPS; step++) {
#pragma unroll
    for (int c = 0; c < W::STEP / 32; c++) {
      int column = k + step * W::STEP + 32 * c;
      if (column < end) {
        if (W::IS_PACKED && sums.groups.ends_at(column)) {
          sums.begin_group(column);
        }
        uint4 x = token.load(column + 8 * t);
        uint4 low = W::chunk(batch.low + step * W::WORDS, c, sums.low_minus);
        uint4 high = W::chunk(batch.high + step * W::WORDS, c, sums.high_minus);
        mma_chunk(W::IS_PACKED ? sums.group : sums.partition, low, high, x);
        if constexpr (W::IS_SPLIT) {
          mma_chunk(sums.partition, W::rest(batch.low + step * W::WORDS, c),
                    W::rest(batch.high + step * W::WORDS, c), x);
        }
        if (W::IS_PACKED && (sums.groups.ends_at(column + 32) || column + 32 >= end)) {
          sums.end_group(column);
        }
      }
    }
  }
}

template <class W>
__device__ __forceinline__ void linear_skinny(const LinearArgs& a) {
  __shared__ float partials[MAX_PARTITIONS][8 * TOKEN_STRIDE];
  int warp = threadIdx.x / 32;
  int g = threadIdx.x % 32 / 4;
  int t = threadIdx.x % 4;
  int low_feature = min((int)blockIdx.x * 16 + g, a.out_features - 1);
  int high_feature = min((int)blockIdx.x * 16 + g + 8, a.out_features - 1);
  const uint8_t* low_row = (const uint8_t*)a.weight + W::row_start(a, low_feature) + 16 * t;
  const uint8_t* high_row = (const uint8_t*)a.weight + W::row_start(a, high_feature) + 16 * t;
  int row = blockIdx.y * 8 + g;
  const bf16* x = row < a.rows ? (const bf16*)a.x + row * a.x_stride : nullptr;
  TokenRow token = {x, a.in_features, is_aligned(x)};
  int begin = warp * a.partition_length;
  int end = min(begin + a.partition_length, a.in_features);

  Sums<W> sums(a, low_feature, high_feature);
  sums.begin_group(begin);
  Batch<W> next;
  next.load(low_row, high_row, begin, end);
  for (int k = begin; k < end; k += Batch<W>::COLUMNS) {
    Batch<W> batch = next;
    next.load(low_row, high_row, k + Batch<W>::COLUMNS, end);
    multiply(batch, token, k, end, t, sums);
  }
  float* partial = partials[warp];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    partial[(2 * t + i % 2) * TOKEN_STRIDE + g + i / 2 * 8] = sums.partition[i];
  }
  __syncthreads();
  merge(a, partials);
}

extern "C" __global__ void __launch_bounds__(256)
    linear_skinny_bf16(const __grid_constant__ LinearArgs a) {
  linear_skinny<Bf16Weights>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    linear_skinny_f16_bf16(const __grid_constant__ LinearArgs a) {
  linear_skinny<F16Weights>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    linear_skinny_packed8_bf16(const __grid_constant__ LinearArgs a) {
  linear_skinny<ByteWeights>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    linear_skinny_packed4_bf16(const __grid_constant__ LinearArgs a) {
  linear_skinny<NibbleWeights>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    linear_skinny_packed_e4m3_bf16(const __grid_constant__ LinearArgs a) {
  linear_skinny<E4m3Weights>(a);
}
