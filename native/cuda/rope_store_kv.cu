/*
 * rope_store_kv: rope of q in place and of k, then store_kv of k and v, in one pass over qkv.
 *
 *   qkv [rows, (num_heads + 2 num_kv_heads) * head_dim] in T: q, k, v
 *   grid (rows, ceil(num_heads + 2 num_kv_heads, 4), 1), block 128: a warp takes a head
 *
 * Three launches and a round trip of k through memory become one. k is rounded to T between
 * rotation and cache, as it is when the ops are called one by one, so the bits are the same.
 */
#include "heads.cuh"

template <class T>
__device__ __forceinline__ void rope_store_kv(const RopeStoreKvArgs& a) {
  int head = blockIdx.y * 4 + threadIdx.x / 32;
  int lane = threadIdx.x % 32;
  int num_rotated = a.num_heads + a.num_kv_heads;
  int slot = a.slots[blockIdx.x];
  if (head >= num_rotated + a.num_kv_heads || (head >= a.num_heads && slot < 0)) {
    return;
  }
  T* x = (T*)a.qkv + blockIdx.x * a.stride + (int64_t)head * a.head_dim;
  int rotary_dim = head < num_rotated ? a.rotary_dim : 0;
  const float* cos_sin = a.cos_sin + (int64_t)a.positions[blockIdx.x] * a.rotary_dim;
  float v[HEAD_STEPS];
#pragma unroll
  for (int step = 0; step < HEAD_STEPS; step++) {
    int i = lane + 32 * step;
    v[step] = i < a.head_dim ? to_float(from_float<T>(rotated(x, i, cos_sin, rotary_dim))) : 0.0f;
  }
  if (head < a.num_heads) {
    __syncwarp(); /* Every lane has read the head. */
#pragma unroll
    for (int step = 0; step < HEAD_STEPS; step++) {
      if (lane + 32 * step < a.head_dim) {
        x[lane + 32 * step] = from_float<T>(v[step]);
      }
    }
    return;
  }
  int kv_head = head < num_rotated ? head - a.num_heads : head - num_rotated;
  int64_t at = head_place(slot, a.block_size, a.block_stride, a.num_kv_heads, kv_head,
                          head_width(a.cache_type, a.head_dim));
  store_head(head < num_rotated ? a.keys : a.values, a.cache_type, at, v, a.head_dim, lane);
}

extern "C" __global__ void __launch_bounds__(128)
    rope_store_kv_f32(const __grid_constant__ RopeStoreKvArgs a) {
  rope_store_kv<float>(a);
}

extern "C" __global__ void __launch_bounds__(128)
    rope_store_kv_bf16(const __grid_constant__ RopeStoreKvArgs a) {
  rope_store_kv<bf16>(a);
}
