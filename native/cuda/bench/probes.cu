/*
 * What a device can do at most, for a roofline in the same run as what is measured:
 *
 *   probe_read    bytes per second that all multiprocessors read; grid any, block 512
 *   probe_matrix  rate of mma.sync m16n8k16 on BF16, from registers; grid any, block 256.
 *                 A warp does iterations * 8 instructions of 2 * 16 * 8 * 16 operations.
 *
 * out is written so that nothing is left out; what is in it means nothing.
 */
#include "../device.cuh"
#include "probes.h"

extern "C" __global__ void __launch_bounds__(512) probe_read(const __grid_constant__ ProbeArgs a) {
  const uint4* data = (const uint4*)a.data;
  int64_t thread = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  uint32_t sum = 0;
  int64_t i = thread;
  for (; i + 3 * threads < a.vectors; i += 4 * threads) {
    uint4 v0 = data[i];
    uint4 v1 = data[i + threads];
    uint4 v2 = data[i + 2 * threads];
    uint4 v3 = data[i + 3 * threads];
    sum += v0.x ^ v0.y ^ v0.z ^ v0.w ^ v1.x ^ v1.y ^ v1.z ^ v1.w;
    sum += v2.x ^ v2.y ^ v2.z ^ v2.w ^ v3.x ^ v3.y ^ v3.z ^ v3.w;
  }
  for (; i < a.vectors; i += threads) {
    uint4 v = data[i];
    sum += v.x ^ v.y ^ v.z ^ v.w;
  }
  a.out[thread] = (float)sum;
}

extern "C" __global__ void __launch_bounds__(256)
    probe_matrix(const __grid_constant__ ProbeArgs a) {
  int64_t thread = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  float d[8][4] = {};
  uint32_t x[4] = {0x3f803f80u, 0x3f803f80u, 0x3f803f80u, 0x3f803f80u};
  uint32_t y[2] = {(uint32_t)threadIdx.x, 0x3f803f80u};
  for (int i = 0; i < a.iterations; i++) {
#pragma unroll
    for (int j = 0; j < 8; j++) {
      mma_bf16_16816(d[j], x, y);
    }
  }
  float sum = 0;
#pragma unroll
  for (int j = 0; j < 8; j++) {
    sum += d[j][0] + d[j][1] + d[j][2] + d[j][3];
  }
  a.out[thread] = sum;
}
