/*
 * A head in a warp's registers: lane l holds elements l, l + 32, .. of up to 256. Rotations and the
 * types of KV caches, shared by the kernels that do one of them and the one that does all.
 */
#ifndef GTN_HEADS_CUH
#define GTN_HEADS_CUH

#include "rows.cuh"

constexpr int HEAD_STEPS = 8; /* 256 / 32 */

/* The two halves of a rotation; written out so that every kernel rounds alike. */
__device__ __forceinline__ float rotated_first(float x, float y, float cosine, float sine) {
  return fmaf(-y, sine, __fmul_rn(x, cosine));
}
__device__ __forceinline__ float rotated_second(float x, float y, float cosine, float sine) {
  return fmaf(x, sine, __fmul_rn(y, cosine));
}

/* Element i of a head after rotation by a row of cosines and sines. */
template <class T>
__device__ __forceinline__ float rotated(const T* head, int i, const float* cos_sin,
                                         int rotary_dim) {
  int half = rotary_dim / 2;
  float x = to_float(head[i]);
  if (i < half) {
    return rotated_first(x, to_float(head[i + half]), cos_sin[i], cos_sin[half + i]);
  }
  if (i < rotary_dim) {
    return rotated_second(to_float(head[i - half]), x, cos_sin[i - half], cos_sin[i]);
  }
  return x;
}

/* Elements from one head of a cache to the next. */
__device__ __forceinline__ int head_width(int type, int head_dim) {
  return type == GTN_I8 ? head_dim + 4 : head_dim;
}

/* A 127th of the largest magnitude; NaN if an element is not finite, 0 if all are next to 0. */
__device__ __forceinline__ void store_bytes(int8_t* out, const float (&v)[HEAD_STEPS],
                                            int head_dim, int lane) {
  float largest = 0;
  float zeros = 0;
#pragma unroll
  for (int step = 0; step < HEAD_STEPS; step++) {
    if (lane + 32 * step < head_dim) {
      largest = fmaxf(largest, fabsf(v[step]));
      zeros = fmaf(v[step], 0.0f, zeros);
    }
  }
  largest = warp_max(largest);
  zeros = warp_sum(zeros);
  largest = largest < 0x1p-100f ? 0.0f : largest;
  float scale = largest / 127 + zeros;
  float inverse = largest == 0 ? 0.0f : 127 / largest;
#pragma unroll
  for (int step = 0; step < HEAD_STEPS; step++) {
    int i = lane + 32 * step;
    if (i < head_dim) {
      float x = v[step] * inverse;
      out[i] = (int8_t)__float2int_rn(x == x ? fminf(fmaxf(x, -127.0f), 127.0f) : 0.0f);
    }
  }
  if (lane < 4) {
    out[head_dim + lane] = (int8_t)(__float_as_uint(scale) >> (8 * lane));
  }
}

/* Writes a head to the cache, `at` elements from its start. */
__device__ __forceinline__ void store_head(void* cache, int type, int64_t at,
                                           const float (&v)[HEAD_STEPS], int head_dim, int lane) {
  if (type == GTN_I8) {
    store_bytes((int8_t*)cache + at, v, head_dim, lane);
    return;
  }
#pragma unroll
  for (int step = 0; step < HEAD_STEPS; step++) {
    int i = lane + 32 * step;
    if (i < head_dim) {
      if (type == GTN_F32) {
        ((float*)cache)[at + i] = v[step];
      } else if (type == GTN_F16) {
        ((f16*)cache)[at + i] = to_f16(v[step]);
      } else if (type == GTN_BF16) {
        ((bf16*)cache)[at + i] = to_bf16(v[step]);
      } else {
        ((e4m3*)cache)[at + i] = to_e4m3(v[step]);
      }
    }
  }
}

/* Where a head of a slot begins, in elements. */
__device__ __forceinline__ int64_t head_place(int slot, int block_size, int64_t block_stride,
                                              int num_kv_heads, int head, int width) {
  return slot / block_size * block_stride +
         ((int64_t)(slot % block_size) * num_kv_heads + head) * width;
}

#endif
