/*
 * store_kv: writes k and v, [rows, num_kv_heads * head_dim] in T, to the slots of a paged cache
 * [num_blocks, block_size, num_kv_heads, head width], rounded to its type. With I8 a head has a
 * scale of its own, a 127th of its largest element.
 *
 *   grid (rows, ceil(2 * num_kv_heads, 4), 1), block 128: a warp takes a head of k or v
 */
#include "heads.cuh"

template <class T>
__device__ __forceinline__ void store_kv(const StoreKvArgs& a) {
  int head = blockIdx.y * 4 + threadIdx.x / 32;
  int lane = threadIdx.x % 32;
  int slot = a.slots[blockIdx.x];
  if (slot < 0 || head >= 2 * a.num_kv_heads) {
    return;
  }
  bool is_key = head < a.num_kv_heads;
  head = is_key ? head : head - a.num_kv_heads;
  const T* x = is_key ? (const T*)a.k + blockIdx.x * a.k_stride
                      : (const T*)a.v + blockIdx.x * a.v_stride;
  x += (int64_t)head * a.head_dim;
  float v[HEAD_STEPS];
#pragma unroll
  for (int step = 0; step < HEAD_STEPS; step++) {
    v[step] = lane + 32 * step < a.head_dim ? to_float(x[lane + 32 * step]) : 0.0f;
  }
  int64_t at = head_place(slot, a.block_size, a.block_stride, a.num_kv_heads, head,
                          head_width(a.cache_type, a.head_dim));
  store_head(is_key ? a.keys : a.values, a.cache_type, at, v, a.head_dim, lane);
}

extern "C" __global__ void __launch_bounds__(128)
    store_kv_f32(const __grid_constant__ StoreKvArgs a) {
  store_kv<float>(a);
}

extern "C" __global__ void __launch_bounds__(128)
    store_kv_bf16(const __grid_constant__ StoreKvArgs a) {
  store_kv<bf16>(a);
}
