/*
 * embed: out[r] = table[ids[r]] * scale.
 *
 *   out [rows, hidden_size] in T, table [vocab, hidden_size] in F32, F16 or BF16
 *   grid (rows, 1, 1), block threads(hidden_size): a thread takes eight neighbours at a time
 */
#include "rows.cuh"

template <class T>
__device__ __forceinline__ void embed(const EmbedArgs& a) {
  int64_t start = (int64_t)a.ids[blockIdx.x] * a.hidden_size;
  T* out = (T*)a.out + blockIdx.x * a.out_stride;
  for (int at = 8 * threadIdx.x; at < a.hidden_size; at += 8 * blockDim.x) {
    float v[8];
    load8_typed(a.table, a.table_type, start, at, a.hidden_size, v);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      v[i] *= a.scale;
    }
    store8(out, at, a.hidden_size, v);
  }
}

extern "C" __global__ void __launch_bounds__(256) embed_f32(const __grid_constant__ EmbedArgs a) {
  embed<float>(a);
}

extern "C" __global__ void __launch_bounds__(256) embed_bf16(const __grid_constant__ EmbedArgs a) {
  embed<bf16>(a);
}
