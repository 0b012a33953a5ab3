/*
 * gather_rows: out[r] = x[indices[r]].
 *
 *   out [rows, size], x [.., size], both in T
 *   grid (rows, 1, 1), block threads(size): a thread takes eight neighbours at a time
 */
#include "rows.cuh"

template <class T>
__device__ __forceinline__ void gather_rows(const GatherRowsArgs& a) {
  const T* x = (const T*)a.x + a.indices[blockIdx.x] * a.x_stride;
  T* out = (T*)a.out + blockIdx.x * a.out_stride;
  for (int at = 8 * threadIdx.x; at < a.size; at += 8 * blockDim.x) {
    float v[8];
    load8(x, at, a.size, v);
    store8(out, at, a.size, v);
  }
}

extern "C" __global__ void __launch_bounds__(256)
    gather_rows_f32(const __grid_constant__ GatherRowsArgs a) {
  gather_rows<float>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    gather_rows_bf16(const __grid_constant__ GatherRowsArgs a) {
  gather_rows<bf16>(a);
}
