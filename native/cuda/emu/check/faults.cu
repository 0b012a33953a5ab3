/* One mistake each: what the emulation must find, and say. */
#include "emu/device_emu.h"

extern __shared__ __align__(16) unsigned char smem_raw[];

extern "C" __global__ void fault_missing_barrier(int* out) {
  __shared__ int values[64];
  values[threadIdx.x] = threadIdx.x;
  out[threadIdx.x] = values[63 - threadIdx.x];
}

/* Values are right in most orders: only a warp that runs ahead overwrites what others read. */
extern "C" __global__ void fault_reused_buffer(int* out) {
  __shared__ int value;
  int sum = 0;
  for (int i = 0; i < 4; i++) {
    if (threadIdx.x == 0) {
      value = i;
    }
    __syncthreads();
    sum += value;
  }
  out[threadIdx.x] = sum;
}

extern "C" __global__ void fault_missing_warp_barrier(int* out) {
  __shared__ int values[32];
  values[threadIdx.x] = threadIdx.x;
  out[threadIdx.x] = __shfl_sync(0xffffffffu, values[31 - threadIdx.x], 0);
}

extern "C" __global__ void fault_missing_copy_wait(uint4* out, const uint4* in) {
  uint4* staged = (uint4*)smem_raw;
  cp_async16(staged + threadIdx.x, in + threadIdx.x, true);
  cp_async_commit();
  cp_async16(staged + 32 + threadIdx.x, in + threadIdx.x, true);
  cp_async_commit();
  cp_async_wait<1>();
  __syncthreads();
  out[threadIdx.x] = staged[32 + threadIdx.x];
  cp_async_wait<0>();
}

extern "C" __global__ void fault_pending_copy(const uint4* in) {
  cp_async16(smem_raw, in, true);
  cp_async_commit();
}

extern "C" __global__ void fault_misaligned_copy(const unsigned char* in) {
  cp_async16(smem_raw, in + 8, true);
}

extern "C" __global__ void fault_misaligned_vector(float* out, const float* in) {
  float4 four = *(const float4*)(in + 1);
  out[0] = four.x + four.w;
}

extern "C" __global__ void fault_misaligned_matrix(uint32_t* out) {
  uint32_t fragment[2];
  smem_raw[threadIdx.x] = 0;
  ldmatrix_x2(fragment, smem_raw + 16 * threadIdx.x + 4);
  out[threadIdx.x] = fragment[0];
}

extern "C" __global__ void fault_divergent_barrier(int* out) {
  if (threadIdx.x < 16) {
    __syncthreads();
    out[threadIdx.x] = 1;
  } else {
    __syncthreads();
  }
}

extern "C" __global__ void fault_left_before_barrier(int* out) {
  if (threadIdx.x == 40) {
    return;
  }
  __syncthreads();
  out[threadIdx.x] = 1;
}

extern "C" __global__ void fault_stuck(int* out) {
  if (threadIdx.x < 32) {
    out[threadIdx.x] = __shfl_sync(0xffffffffu, 1, 0);
    __syncthreads();
  } else if (threadIdx.x < 48) {
    __syncwarp();
  } else {
    __syncthreads();
  }
}

extern "C" __global__ void fault_different_operations(int* out) {
  if (threadIdx.x < 16) {
    out[threadIdx.x] = __shfl_sync(0xffffffffu, 1, 0);
  } else {
    out[threadIdx.x] = __any_sync(0xffffffffu, 1);
  }
}

extern "C" __global__ void fault_outside_mask(int* out) {
  out[threadIdx.x] = __shfl_sync(0x0000ffffu, 1, 0);
}

extern "C" __global__ void fault_source_outside_mask(int* out) {
  if (threadIdx.x < 16) {
    out[threadIdx.x] = __shfl_sync(0x0000ffffu, 1, 20);
  }
}

extern "C" __global__ void fault_left_warp(int* out) {
  if (threadIdx.x != 7) {
    out[threadIdx.x] = __shfl_sync(0xffffffffu, 1, 0);
  }
}

extern "C" __global__ void fault_left_warp_early(int* out) {
  if (threadIdx.x != 0) {
    out[threadIdx.x] = __shfl_sync(0xffffffffu, 1, 0);
  }
}

extern "C" __global__ void fault_array_bounds(int* out, int index) {
  __shared__ int values[8];
  values[threadIdx.x % 8] = 1;
  __syncthreads();
  out[0] = values[index];
}

extern "C" __global__ void fault_dynamic_bounds(int index) { smem_raw[index] = 1; }

extern "C" __global__ void fault_trap() { __trap(); }

extern "C" __global__ void fault_null(int* out) { out[threadIdx.x] = 1; }

extern "C" __global__ void fault_stack(int* out, int depth) {
  volatile int large[60000];
  large[depth] = 1;
  out[0] = large[depth];
}
