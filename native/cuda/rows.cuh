/*
 * Rows of activations, eight neighbours at a time, and elements of a type that arguments name.
 * Rows whose start has 16-byte alignment are read and written in whole vectors; others element by
 * element, to the same effect.
 */
#ifndef GTN_ROWS_CUH
#define GTN_ROWS_CUH

#include "args.h"
#include "device.cuh"

template <class T>
__device__ __forceinline__ T from_float(float value);
template <>
__device__ __forceinline__ float from_float<float>(float value) {
  return value;
}
template <>
__device__ __forceinline__ bf16 from_float<bf16>(float value) {
  return to_bf16(value);
}
template <>
__device__ __forceinline__ f16 from_float<f16>(float value) {
  return to_f16(value);
}

__device__ __forceinline__ bool is_aligned(const void* pointer) {
  return ((uintptr_t)pointer & 15) == 0;
}

/* Low half first. */
__device__ __forceinline__ void unpack_bf16(uint4 words, float (&v)[8]) {
  uint32_t w[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
  for (int i = 0; i < 4; i++) {
    v[2 * i] = __uint_as_float(w[i] << 16);
    v[2 * i + 1] = __uint_as_float(w[i] & 0xffff0000u);
  }
}

__device__ __forceinline__ void load_vector(const bf16* p, float (&v)[8]) {
  unpack_bf16(*(const uint4*)p, v);
}
__device__ __forceinline__ void load_vector(const float* p, float (&v)[8]) {
  float4 low = *(const float4*)p;
  float4 high = *(const float4*)(p + 4);
  v[0] = low.x, v[1] = low.y, v[2] = low.z, v[3] = low.w;
  v[4] = high.x, v[5] = high.y, v[6] = high.z, v[7] = high.w;
}
__device__ __forceinline__ void store_vector(bf16* p, const float (&v)[8]) {
  *(uint4*)p = make_uint4(pack_bf16x2(v[0], v[1]), pack_bf16x2(v[2], v[3]),
                          pack_bf16x2(v[4], v[5]), pack_bf16x2(v[6], v[7]));
}
__device__ __forceinline__ void store_vector(float* p, const float (&v)[8]) {
  *(float4*)p = make_float4(v[0], v[1], v[2], v[3]);
  *(float4*)(p + 4) = make_float4(v[4], v[5], v[6], v[7]);
}

/* Elements [at, at + 8) of a row, zeros from size on. */
template <class T>
__device__ __forceinline__ void load8(const T* row, int at, int size, float (&v)[8]) {
  if (at + 8 <= size && is_aligned(row + at)) {
    load_vector(row + at, v);
    return;
  }
#pragma unroll
  for (int i = 0; i < 8; i++) {
    v[i] = at + i < size ? to_float(row[at + i]) : 0.0f;
  }
}

template <class T>
__device__ __forceinline__ void store8(T* row, int at, int size, const float (&v)[8]) {
  if (at + 8 <= size && is_aligned(row + at)) {
    store_vector(row + at, v);
    return;
  }
#pragma unroll
  for (int i = 0; i < 8; i++) {
    if (at + i < size) {
      row[at + i] = from_float<T>(v[i]);
    }
  }
}

/* One element of type F32, F16 or BF16. */
__device__ __forceinline__ float load_typed(const void* base, int type, int64_t index) {
  if (type == GTN_F32) {
    return ((const float*)base)[index];
  }
  return type == GTN_F16 ? to_float(((const f16*)base)[index])
                         : to_float(((const bf16*)base)[index]);
}

/* Eight of them from `at` on, zeros from size on. */
__device__ __forceinline__ void load8_typed(const void* base, int type, int64_t start, int at,
                                            int size, float (&v)[8]) {
  if (type == GTN_F32) {
    load8((const float*)base + start, at, size, v);
  } else if (type == GTN_BF16) {
    load8((const bf16*)base + start, at, size, v);
  } else {
#pragma unroll
    for (int i = 0; i < 8; i++) {
      v[i] = at + i < size ? to_float(((const f16*)base)[start + at + i]) : 0.0f;
    }
  }
}

/* Where a column lies in a row of packed bytes: blocks of 64, in runs of 8; see LinearArgs. */
__device__ __forceinline__ int packed_place(int column) {
  int run = column % 32 / 8 * 2 + column % 64 / 32;
  return column / 64 * 64 + run * 8 + column % 8;
}

/* Sum over a block of up to 8 warps, in every thread; `sums` is used by one call of a kernel. */
__device__ __forceinline__ float block_sum(float value, float (&sums)[8]) {
  value = warp_sum(value);
  if (threadIdx.x % 32 == 0) {
    sums[threadIdx.x / 32] = value;
  }
  __syncthreads();
  float total = sums[0];
  for (int warp = 1; warp < (int)blockDim.x / 32; warp++) {
    total += sums[warp];
  }
  return total;
}

#endif
