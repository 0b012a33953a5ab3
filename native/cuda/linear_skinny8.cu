/*
 * linear_skinny_int8, linear_skinny_e4m3: out = x weight^T + bias, 8-bit inputs with 8-bit
 * weights, for few rows.
 *
 *   x quantised rows, weights of 16 features are the 16-row operand, 8 rows of x the other one
 *   grid (ceil(out_features, 16), ceil(rows, 8), 1), block 32 * partitions: warp p computes the
 *   columns of partition p, then the partitions are added in order
 *
 * As linear_skinny: bound by the bytes of the weights, which go to registers once per 8 rows.
 */
#include "linear_partials.cuh"
#include "linear_units8.cuh"

/* A lane's vectors of 128 columns: of rows g and g + 8 of the weights and of token g. */
struct Vectors {
  uint4 low[2];
  uint4 high[2];
  uint4 x[2];

  /* x is null for a row that is not there. */
  __device__ __forceinline__ void load(const LinearArgs& a, const uint8_t* low_row,
                                       const uint8_t* high_row, const uint8_t* x_row, int k,
                                       int end) {
#pragma unroll
    for (int i = 0; i < 2; i++) {
      low[i] = make_uint4(0, 0, 0, 0);
      high[i] = low[i];
      x[i] = low[i];
      int place = k + 64 * i;
      if (k < end && has_weights(a, k, i)) {
        low[i] = __ldcs((const uint4*)(low_row + place));
        high[i] = __ldcs((const uint4*)(high_row + place));
        if (x_row != nullptr) {
          x[i] = *(const uint4*)(x_row + place);
        }
      }
    }
  }
};

template <class U>
__device__ __forceinline__ void linear_skinny8(const LinearArgs& a) {
  __shared__ float partials[MAX_PARTITIONS][8 * TOKEN_STRIDE];
  int warp = threadIdx.x / 32;
  int g = threadIdx.x % 32 / 4;
  int t = threadIdx.x % 4;
  int features[2] = {min((int)blockIdx.x * 16 + g, a.out_features - 1),
                     min((int)blockIdx.x * 16 + g + 8, a.out_features - 1)};
  const uint8_t* weights = (const uint8_t*)a.weight + 16 * t;
  const uint8_t* low_row = weights + features[0] * a.weight_stride;
  const uint8_t* high_row = weights + features[1] * a.weight_stride;
  int row = blockIdx.y * 8 + g;
  const uint8_t* x_row =
      row < a.rows ? (const uint8_t*)a.x + row * a.x_stride + 16 * t : nullptr;
  int begin = warp * a.partition_length;
  int end = min(begin + a.partition_length, a.in_features);
  ColumnGroups groups(a);

  typename U::Sum sums[4] = {0, 0, 0, 0};
  float partition[4] = {0, 0, 0, 0};
  Vectors next;
  next.load(a, low_row, high_row, x_row, begin, end);
  for (int k = begin; k < end; k += UNITS8_STEP) {
    Vectors now = next;
    next.load(a, low_row, high_row, x_row, k + UNITS8_STEP, end);
    multiply_vector<U>(sums, now.low[0], now.high[0], now.x[0]);
    multiply_vector<U>(sums, now.low[1], now.high[1], now.x[1]);
    if (ends_span<U>(k + UNITS8_STEP, end)) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        float weight_scale = scale_of(a, features[i / 2], groups.of(k));
        float scale = input_scale<U>(a, blockIdx.y * 8 + 2 * t + i % 2, k);
        partition[i] = add_span(partition[i], sums[i], weight_scale, scale);
        sums[i] = 0;
      }
    }
  }
  float* partial = partials[warp];
#pragma unroll
  for (int i = 0; i < 4; i++) {
    partial[(2 * t + i % 2) * TOKEN_STRIDE + g + i / 2 * 8] = partition[i];
  }
  __syncthreads();
  merge(a, partials);
}

extern "C" __global__ void __launch_bounds__(256)
    linear_skinny_int8_bf16(const __grid_constant__ LinearArgs a) {
  linear_skinny8<Int8Units>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    linear_skinny_e4m3_bf16(const __grid_constant__ LinearArgs a) {
  linear_skinny8<E4m3Units>(a);
}
