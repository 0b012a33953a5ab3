/* Shuffles, votes, barriers with predicates and atomics; results by lane or in a few counters. */
#include "emu/device_emu.h"

/* out[lane] = seven exchanges of the lane number, as digits of base 32. */
extern "C" __global__ void check_shuffles(uint64_t* out) {
  uint32_t all = 0xffffffffu;
  int lane = threadIdx.x % 32;
  uint64_t digits = 0;
  digits = digits * 32 + __shfl_sync(all, lane, 5);
  digits = digits * 32 + __shfl_sync(all, lane, 37, 8);
  digits = digits * 32 + __shfl_xor_sync(all, lane, 3);
  digits = digits * 32 + __shfl_down_sync(all, lane, 4);
  digits = digits * 32 + __shfl_up_sync(all, lane, 4, 16);
  digits = digits * 32 + (int)__shfl_xor_sync(all, (float)lane, 16);
  digits = digits * 32 + (int)__shfl_sync(all, (int64_t)lane, lane ^ 1);
  /* Halves of a warp may meet apart. */
  uint32_t half = lane < 16 ? 0x0000ffffu : 0xffff0000u;
  digits = digits * 32 + (lane < 16 ? __shfl_xor_sync(half, lane, 8)
                                    : __shfl_down_sync(half, lane, 1, 16));
  out[threadIdx.x] = digits;
}

extern "C" __global__ void check_votes(int* out) {
  int lane = threadIdx.x % 32;
  bool odd = lane % 2 == 1;
  int at = 8 * threadIdx.x;
  out[at] = (int)__ballot_sync(0xffffffffu, odd);
  out[at + 1] = __any_sync(0xffffffffu, lane == 40);
  out[at + 2] = __all_sync(0xffffffffu, lane < 40);
  out[at + 3] = __syncthreads_count(odd);
  out[at + 4] = __syncthreads_or(threadIdx.x == 70);
  out[at + 5] = __syncthreads_and(threadIdx.x != 70);
  out[at + 6] = warp_sum(lane);
  out[at + 7] = warp_max(lane ^ 5);
}

extern "C" __global__ void check_atomics(int* counters, float* sum) {
  __shared__ unsigned shared_count;
  if (threadIdx.x == 0) {
    shared_count = 0;
  }
  __syncthreads();
  atomicAdd(&shared_count, 1u);
  atomicAdd(counters, 2);
  atomicMax(counters + 1, (int)(blockIdx.x * blockDim.x + threadIdx.x));
  atomicAdd(sum, 0.5f);
  for (int seen = counters[2], old = -1; old != seen;) {
    old = seen;
    seen = atomicCAS(counters + 2, old, old + 3);
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    atomicMax(counters + 3, (int)shared_count);
  }
}

/* Lanes exchange through shared memory; __syncwarp alone orders that. */
extern "C" __global__ void check_warp_order(int* out) {
  __shared__ int values[128];
  values[threadIdx.x] = threadIdx.x;
  __syncwarp();
  out[threadIdx.x] = values[threadIdx.x ^ 31];
}
