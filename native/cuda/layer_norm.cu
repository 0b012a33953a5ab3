/*
 * layer_norm: out = (x - mean) / sqrt(variance + eps) * weight + bias
 *
 *   x, out [rows, size] in T
 *   grid (rows, 1, 1), block threads(size): one row, sums in an order fixed by size
 *
 * The mean comes first and the variance of what is left, so that a large mean does not cancel the
 * variance away.
 */
#include "rows.cuh"

template <class T>
__device__ __forceinline__ float centered_square_sum(const T* x, int size, float mean) {
  float sum = 0;
  for (int at = 8 * threadIdx.x; at < size; at += 8 * blockDim.x) {
    float v[8];
    load8(x, at, size, v);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      float distance = at + i < size ? v[i] - mean : 0.0f;
      sum = fmaf(distance, distance, sum);
    }
  }
  return sum;
}

template <class T>
__device__ __forceinline__ void layer_norm(const NormArgs& a) {
  __shared__ float sums[8];
  __shared__ float squares[8];
  const T* x = (const T*)a.x + blockIdx.x * a.x_stride;
  T* out = (T*)a.out + blockIdx.x * a.out_stride;
  float sum = 0;
  for (int at = 8 * threadIdx.x; at < a.size; at += 8 * blockDim.x) {
    float v[8];
    load8(x, at, a.size, v);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      sum += v[i];
    }
  }
  float mean = block_sum(sum, sums) / a.size;
  float square = block_sum(centered_square_sum(x, a.size, mean), squares);
  float scale = 1.0f / sqrtf(square / a.size + a.eps);
  for (int at = 8 * threadIdx.x; at < a.size; at += 8 * blockDim.x) {
    float v[8];
    float weight[8];
    float bias[8] = {0};
    load8(x, at, a.size, v);
    load8_typed(a.weight, a.weight_type, 0, at, a.size, weight);
    if (a.bias != nullptr) {
      load8_typed(a.bias, a.bias_type, 0, at, a.size, bias);
    }
#pragma unroll
    for (int i = 0; i < 8; i++) {
      v[i] = fmaf((v[i] - mean) * scale, weight[i], bias[i]);
    }
    store8(out, at, a.size, v);
  }
}

extern "C" __global__ void __launch_bounds__(256)
    layer_norm_f32(const __grid_constant__ NormArgs a) {
  layer_norm<float>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    layer_norm_bf16(const __grid_constant__ NormArgs a) {
  layer_norm<bf16>(a);
}
