/*
 * argmax: the likeliest token of each row, the lowest of equals; -1 if a row holds NaN, positive
 * infinity or nothing finite, from which no token can be chosen.
 *
 *   logits [rows, vocab_size] in T
 *   grid (rows, 1, 1), block 1024: a thread looks at eight neighbours at a time
 *
 * A candidate is one 64-bit number: the logit, mapped so that larger floats are larger integers,
 * above the complement of the id. The order of a maximum does not matter.
 */
#include "rows.cuh"

typedef unsigned long long candidate;

__device__ __forceinline__ candidate candidate_of(float logit, int id) {
  /* Adding zero makes -0 and 0, which are equal, the same bits. */
  uint32_t bits = __float_as_uint(logit + 0.0f);
  uint32_t ascending = (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
  return (candidate)ascending << 32 | (uint32_t)~id;
}

__device__ __forceinline__ candidate warp_best(candidate best) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    candidate other = __shfl_xor_sync(0xffffffffu, best, distance);
    best = other > best ? other : best;
  }
  return best;
}

template <class T>
__device__ __forceinline__ void argmax(const ArgmaxArgs& a) {
  __shared__ candidate bests[32];
  const T* logits = (const T*)a.logits + blockIdx.x * a.stride;
  candidate best = 0;
  bool is_unsound = false;
  for (int at = 8 * threadIdx.x; at < a.vocab_size; at += 8 * 1024) {
    float v[8];
    load8(logits, at, a.vocab_size, v);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      /* Comparisons with NaN are false. */
      is_unsound |= !(v[i] <= 3.402823466e38f);
      candidate other = candidate_of(v[i], at + i);
      bool is_finite = v[i] >= -3.402823466e38f && at + i < a.vocab_size;
      best = is_finite && other > best ? other : best;
    }
  }
  best = warp_best(best);
  if (threadIdx.x % 32 == 0) {
    bests[threadIdx.x / 32] = best;
  }
  bool is_row_unsound = __syncthreads_or(is_unsound) != 0;
  if (threadIdx.x < 32) {
    best = warp_best(bests[threadIdx.x]);
    if (threadIdx.x == 0) {
      a.out[blockIdx.x] = is_row_unsound || best == 0 ? -1 : (int32_t)~(uint32_t)best;
    }
  }
}

extern "C" __global__ void __launch_bounds__(1024, 1)
    argmax_f32(const __grid_constant__ ArgmaxArgs a) {
  argmax<float>(a);
}

extern "C" __global__ void __launch_bounds__(1024, 1)
    argmax_bf16(const __grid_constant__ ArgmaxArgs a) {
  argmax<bf16>(a);
}
