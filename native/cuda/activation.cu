/*
 * gated_activation: out = f(gate) * up, x = [gate, up] of [rows, 2 * size]
 * activation:       out = f(x), x [rows, size]
 *
 *   grid (rows, ceil(size, 8 * threads(size)), 1), block threads(size): a thread takes eight
 *   neighbours
 */
#include "rows.cuh"

__device__ __forceinline__ float activate(int function, float x) {
  switch (function) {
    case GTN_SILU:
      return x / (1.0f + expf(-x));
    case GTN_GELU:
      return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
    case GTN_GELU_TANH:
      return 0.5f * x * (1.0f + tanhf(0.79788456080286536f * fmaf(0.044715f * x * x, x, x)));
    default:
      return x > 0.0f || x != x ? x : 0.0f;
  }
}

template <class T>
__device__ __forceinline__ void gated_activation(const ElementwiseArgs& a) {
  int at = 8 * (blockIdx.y * blockDim.x + threadIdx.x);
  if (at >= a.size) {
    return;
  }
  const T* gate = (const T*)a.x + blockIdx.x * a.x_stride;
  float v[8];
  float up[8];
  load8(gate, at, a.size, v);
  load8(gate + a.size, at, a.size, up);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    v[i] = activate(a.function, v[i]) * up[i];
  }
  store8((T*)a.out + blockIdx.x * a.out_stride, at, a.size, v);
}

template <class T>
__device__ __forceinline__ void activation(const ElementwiseArgs& a) {
  int at = 8 * (blockIdx.y * blockDim.x + threadIdx.x);
  if (at >= a.size) {
    return;
  }
  float v[8];
  load8((const T*)a.x + blockIdx.x * a.x_stride, at, a.size, v);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    v[i] = activate(a.function, v[i]);
  }
  store8((T*)a.out + blockIdx.x * a.out_stride, at, a.size, v);
}

extern "C" __global__ void __launch_bounds__(256)
    gated_activation_f32(const __grid_constant__ ElementwiseArgs a) {
  gated_activation<float>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    gated_activation_bf16(const __grid_constant__ ElementwiseArgs a) {
  gated_activation<bf16>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    activation_f32(const __grid_constant__ ElementwiseArgs a) {
  activation<float>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    activation_bf16(const __grid_constant__ ElementwiseArgs a) {
  activation<bf16>(a);
}
