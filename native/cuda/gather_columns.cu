/*
 * gather_columns: out[r][c] = x[r][columns[c]], 0 where columns[c] is -1.
 *
 * Brings inputs into the order in which the columns of an act-order weight were packed.
 *   grid (rows, ceil(size, 256), 1), block 256
 */
#include "rows.cuh"

template <class T>
__device__ __forceinline__ void gather_columns(const GatherColumnsArgs& a) {
  int at = blockIdx.y * 256 + threadIdx.x;
  if (at < a.size) {
    int column = a.columns[at];
    const T* x = (const T*)a.x + blockIdx.x * a.x_stride;
    T* out = (T*)a.out + blockIdx.x * a.out_stride;
    out[at] = column < 0 ? from_float<T>(0.0f) : x[column];
  }
}

extern "C" __global__ void __launch_bounds__(256)
    gather_columns_f32(const __grid_constant__ GatherColumnsArgs a) {
  gather_columns<float>(a);
}

extern "C" __global__ void __launch_bounds__(256)
    gather_columns_bf16(const __grid_constant__ GatherColumnsArgs a) {
  gather_columns<bf16>(a);
}
