/*
 * rms_norm:     out = x / sqrt(mean(x^2) + eps) * (weight + weight_offset)
 * add_rms_norm: residual += x, rounded to T; out = rms_norm(residual)
 *
 *   x, residual, out [rows, size] in T
 *   grid (rows, 1, 1), block threads(size): one row; a thread sums eight neighbours at a time in
 *   order, then lanes meet in a tree and warps in order, all fixed by size
 *
 * The sum is fused with the norm that follows it in every block of a decoder, because both only
 * move memory. A row is read a second time from L1 rather than kept in registers.
 */
#include "rows.cuh"

__device__ __forceinline__ float square_sum(const float (&v)[8], float sum) {
#pragma unroll
  for (int i = 0; i < 8; i++) {
    sum = fmaf(v[i], v[i], sum);
  }
  return sum;
}

/* Writes what follows from a row that this thread alone has written or that nobody writes. */
template <class T>
__device__ __forceinline__ void normalize(const NormArgs& a, const T* x, float sum) {
  __shared__ float sums[8];
  float scale = 1.0f / sqrtf(block_sum(sum, sums) / a.size + a.eps);
  T* out = (T*)a.out + blockIdx.x * a.out_stride;
  for (int at = 8 * threadIdx.x; at < a.size; at += 8 * blockDim.x) {
    float v[8];
    float weight[8];
    load8(x, at, a.size, v);
    load8_typed(a.weight, a.weight_type, 0, at, a.size, weight);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      v[i] = v[i] * scale * (weight[i] + a.weight_offset);
    }
    store8(out, at, a.size, v);
  }
}

template <class T>
__device__ __forceinline__ void rms_norm(const NormArgs& a) {
  const T* x = (const T*)a.x + blockIdx.x * a.x_stride;
  float sum = 0;
  for (int at = 8 * threadIdx.x; at < a.size; at += 8 * blockDim.x) {
    float v[8];
    load8(x, at, a.size, v);
    sum = square_sum(v, sum);
  }
  normalize(a, x, sum);
}

template <class T>
__device__ __forceinline__ void add_rms_norm(const NormArgs& a) {
  const T* x = (const T*)a.x + blockIdx.x * a.x_stride;
  T* residual = (T*)a.residual + blockIdx.x * a.residual_stride;
  float sum = 0;
  for (int at = 8 * threadIdx.x; at < a.size; at += 8 * blockDim.x) {
    float v[8];
    float added[8];
    load8(residual, at, a.size, v);
    load8(x, at, a.size, added);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      v[i] = to_float(from_float<T>(v[i] + added[i]));
    }
    store8(residual, at, a.size, v);
    sum = square_sum(v, sum);
  }
  normalize(a, (const T*)residual, sum);
}

extern "C" __global__ void __launch_bounds__(256) rms_norm_f32(const __grid_constant__ NormArgs a) {
  rms_norm<float>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    rms_norm_bf16(const __grid_constant__ NormArgs a) {
  rms_norm<bf16>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    add_rms_norm_f32(const __grid_constant__ NormArgs a) {
  add_rms_norm<float>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    add_rms_norm_bf16(const __grid_constant__ NormArgs a) {
  add_rms_norm<bf16>(a);
}
