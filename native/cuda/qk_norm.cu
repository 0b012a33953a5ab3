/*
 * qk_norm: rms_norm over each head, in place.
 *
 *   heads [rows, num_heads * head_dim] in T, weight [head_dim] in F32, F16 or BF16
 *   grid (ceil(rows * num_heads, 4), 1, 1), block 128: a warp takes a head, its lanes every 32nd
 *   element
 */
#include "rows.cuh"

template <class T>
__device__ __forceinline__ void qk_norm(const QkNormArgs& a) {
  int64_t index = (int64_t)blockIdx.x * 4 + threadIdx.x / 32;
  int lane = threadIdx.x % 32;
  if (index >= (int64_t)a.rows * a.num_heads) {
    return;
  }
  T* head = (T*)a.heads + index / a.num_heads * a.stride + index % a.num_heads * a.head_dim;
  float sum = 0;
  for (int i = lane; i < a.head_dim; i += 32) {
    float x = to_float(head[i]);
    sum = fmaf(x, x, sum);
  }
  float scale = 1.0f / sqrtf(warp_sum(sum) / a.head_dim + a.eps);
  for (int i = lane; i < a.head_dim; i += 32) {
    float weight = load_typed(a.weight, a.weight_type, i) + a.weight_offset;
    head[i] = from_float<T>(to_float(head[i]) * scale * weight);
  }
}

extern "C" __global__ void __launch_bounds__(128)
    qk_norm_f32(const __grid_constant__ QkNormArgs a) {
  qk_norm<float>(a);
}

extern "C" __global__ void __launch_bounds__(128)
    qk_norm_bf16(const __grid_constant__ QkNormArgs a) {
  qk_norm<bf16>(a);
}
