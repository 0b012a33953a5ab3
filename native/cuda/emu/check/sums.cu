/* Kernels that use what the emulation has, each in a small and plain way. */
#include "emu/device_emu.h"

extern __shared__ __align__(16) unsigned char smem_raw[];

/* out[block] = the sum of a row of in, through shuffles, shared memory and a barrier. */
extern "C" __global__ void __launch_bounds__(256, 2)
    check_row_sum(float* out, const float* in, int columns) {
  __shared__ float partial[32];
  float sum = 0;
  for (int i = threadIdx.x; i < columns; i += blockDim.x) {
    sum += in[(size_t)blockIdx.x * columns + i];
  }
  for (int distance = 16; distance > 0; distance /= 2) {
    sum += __shfl_xor_sync(0xffffffffu, sum, distance);
  }
  if (threadIdx.x % 32 == 0) {
    partial[threadIdx.x / 32] = sum;
  }
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = warp_sum(threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0.0f);
    if (threadIdx.x == 0) {
      out[blockIdx.x] = sum;
    }
  }
}

/* out = in reversed within the block, through dynamic shared memory. */
extern "C" __global__ void check_reverse(int* out, const int* in) {
  int* staged = (int*)smem_raw;
  staged[threadIdx.x] = in[blockIdx.x * blockDim.x + threadIdx.x];
  __syncthreads();
  out[blockIdx.x * blockDim.x + threadIdx.x] = staged[blockDim.x - 1 - threadIdx.x];
}
