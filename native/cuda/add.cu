/*
 * add: out = x + y, rounded once.
 *
 *   out, x, y [rows, size] in T
 *   grid (rows, ceil(size, 8 * threads(size)), 1), block threads(size): a thread takes eight
 *   neighbours
 */
#include "rows.cuh"

template <class T>
__device__ __forceinline__ void add(const ElementwiseArgs& a) {
  int at = 8 * (blockIdx.y * blockDim.x + threadIdx.x);
  if (at >= a.size) {
    return;
  }
  float v[8];
  float y[8];
  load8((const T*)a.x + blockIdx.x * a.x_stride, at, a.size, v);
  load8((const T*)a.y + blockIdx.x * a.y_stride, at, a.size, y);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    v[i] += y[i];
  }
  store8((T*)a.out + blockIdx.x * a.out_stride, at, a.size, v);
}

extern "C" __global__ void __launch_bounds__(256)
    add_f32(const __grid_constant__ ElementwiseArgs a) {
  add<float>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    add_bf16(const __grid_constant__ ElementwiseArgs a) {
  add<bf16>(a);
}
