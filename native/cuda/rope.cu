/*
 * rope: rotates each head in place. With r = rotary_dim / 2 and c, s the halves of
 * cos_sin[position]
 *
 *   (x[i], x[i + r]) becomes (x[i] c[i] - x[i + r] s[i], x[i + r] c[i] + x[i] s[i]), i < r
 *
 *   heads [rows, num_heads * head_dim] in T, cos_sin F32 [max_positions, rotary_dim]
 *   grid (rows, ceil(num_heads * r, 128), 1), block 128: a thread takes a pair
 */
#include "heads.cuh"

template <class T>
__device__ __forceinline__ void rope(const RopeArgs& a) {
  int half = a.rotary_dim / 2;
  int pair = blockIdx.y * 128 + threadIdx.x;
  if (pair >= a.num_heads * half) {
    return;
  }
  int i = pair % half;
  T* head = (T*)a.heads + blockIdx.x * a.stride + pair / half * a.head_dim;
  const float* cos_sin = a.cos_sin + (int64_t)a.positions[blockIdx.x] * a.rotary_dim;
  float x = to_float(head[i]);
  float y = to_float(head[i + half]);
  head[i] = from_float<T>(rotated_first(x, y, cos_sin[i], cos_sin[half + i]));
  head[i + half] = from_float<T>(rotated_second(x, y, cos_sin[i], cos_sin[half + i]));
}

extern "C" __global__ void __launch_bounds__(128) rope_f32(const __grid_constant__ RopeArgs a) {
  rope<float>(a);
}

extern "C" __global__ void __launch_bounds__(128) rope_bf16(const __grid_constant__ RopeArgs a) {
  rope<bf16>(a);
}
