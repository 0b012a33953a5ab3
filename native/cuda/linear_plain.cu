/*
 * linear_plain, linear_packed8, _packed4 and _packed_e4m3: out = x weight^T + bias in float32
 * multiply-adds.
 *
 *   x [rows, in_features] in T, weight [out_features, in_features] in F32, F16, BF16 or packed
 *   grid (ceil(out_features, 64), ceil(rows, 8), 1), block 64: a thread computes one feature of
 *   eight rows
 *
 * Plainly written, for activations in float32 and for weights that the matrix units do not take.
 * An element is a sum over its columns in order; with packed weights a sum of integers times x per
 * group of columns, each then multiplied by its scale. Tiles of 32 columns go through shared
 * memory, so that weights are read in whole lines.
 */
#include "linear_weights.cuh"

constexpr int FEATURES = 64;
constexpr int ROWS = 8;
constexpr int COLUMNS = 32;

struct PlainWeight {
  static constexpr bool IS_PACKED = false;
  static __device__ __forceinline__ float at(const LinearArgs& a, int feature, int column) {
    return load_typed(a.weight, a.weight_type, feature * a.weight_stride + column);
  }
};

struct ByteWeight {
  static constexpr bool IS_PACKED = true;
  static __device__ __forceinline__ float at(const LinearArgs& a, int feature, int column) {
    int64_t place = feature * a.weight_stride + packed_place(column);
    return ((const int8_t*)a.weight)[place] - zero_of(a, feature, column, 0);
  }
};

struct E4m3Weight {
  static constexpr bool IS_PACKED = true;
  static __device__ __forceinline__ float at(const LinearArgs& a, int feature, int column) {
    int64_t place = feature * a.weight_stride + packed_place(column);
    return to_float(((const e4m3*)a.weight)[place]);
  }
};

struct NibbleWeight {
  static constexpr bool IS_PACKED = true;
  static __device__ __forceinline__ float at(const LinearArgs& a, int feature, int column) {
    int word = column % 32 / 8 * 4 + column % 128 / 32;
    int64_t place = feature * a.weight_stride + column / 128 * 64 + word * 4;
    uint32_t nibbles = *(const uint32_t*)((const uint8_t*)a.weight + place);
    int shift = column % 8 / 2 * 4 + column % 2 * 16;
    return (float)(nibbles >> shift & 15) - zero_of(a, feature, column, 8);
  }
};

template <class T, class Weight>
__device__ __forceinline__ void load_tile(const LinearArgs& a, int k,
                                          float (&weights)[COLUMNS][FEATURES + 1],
                                          float (&inputs)[COLUMNS][ROWS]) {
  int column = k + threadIdx.x % 32;
  for (int i = threadIdx.x / 32; i < FEATURES; i += 2) {
    int feature = blockIdx.x * FEATURES + i;
    bool is_inside = feature < a.out_features && column < a.in_features;
    weights[threadIdx.x % 32][i] = is_inside ? Weight::at(a, feature, column) : 0.0f;
  }
  for (int i = threadIdx.x / 32; i < ROWS; i += 2) {
    int64_t row = blockIdx.y * ROWS + i;
    bool is_inside = row < a.rows && column < a.in_features;
    const T* x = (const T*)a.x + row * a.x_stride;
    inputs[threadIdx.x % 32][i] = is_inside ? to_float(x[column]) : 0.0f;
  }
}

template <class T, class Weight>
__device__ __forceinline__ void linear_plain(const LinearArgs& a) {
  __shared__ float weights[COLUMNS][FEATURES + 1];
  __shared__ float inputs[COLUMNS][ROWS];
  int feature = blockIdx.x * FEATURES + threadIdx.x;
  ColumnGroups groups(a);
  float sums[ROWS] = {0};
  float totals[ROWS] = {0};
  for (int k = 0; k < a.in_features; k += COLUMNS) {
    load_tile<T, Weight>(a, k, weights, inputs);
    __syncthreads();
#pragma unroll 8
    for (int column = 0; column < COLUMNS; column++) {
      float weight = weights[column][threadIdx.x];
#pragma unroll
      for (int row = 0; row < ROWS; row++) {
        sums[row] = fmaf(weight, inputs[column][row], sums[row]);
      }
    }
    __syncthreads();
    if (Weight::IS_PACKED && (groups.ends_at(k + COLUMNS) || k + COLUMNS >= a.in_features)) {
      float scale = feature < a.out_features ? scale_of(a, feature, groups.of(k)) : 0.0f;
#pragma unroll
      for (int row = 0; row < ROWS; row++) {
        totals[row] = fmaf(scale, sums[row], totals[row]);
        sums[row] = 0;
      }
    }
  }
  if (feature >= a.out_features) {
    return;
  }
  float bias = a.bias == nullptr ? 0.0f : a.bias[feature];
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    int64_t row = blockIdx.y * ROWS + i;
    if (row < a.rows) {
      store_out<T>(a, row, feature, (Weight::IS_PACKED ? totals[i] : sums[i]) + bias);
    }
  }
}

extern "C" __global__ void __launch_bounds__(64)
    linear_plain_f32(const __grid_constant__ LinearArgs a) {
  linear_plain<float, PlainWeight>(a);
}

extern "C" __global__ void __launch_bounds__(64)
    linear_plain_bf16(const __grid_constant__ LinearArgs a) {
  linear_plain<bf16, PlainWeight>(a);
}

extern "C" __global__ void __launch_bounds__(64)
    linear_packed8_f32(const __grid_constant__ LinearArgs a) {
  linear_plain<float, ByteWeight>(a);
}

extern "C" __global__ void __launch_bounds__(64)
    linear_packed4_f32(const __grid_constant__ LinearArgs a) {
  linear_plain<float, NibbleWeight>(a);
}

extern "C" __global__ void __launch_bounds__(64)
    linear_packed_e4m3_f32(const __grid_constant__ LinearArgs a) {
  linear_plain<float, E4m3Weight>(a);
}
