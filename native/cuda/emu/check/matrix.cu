/* The matrix units and the asynchronous copies, on one warp. */
#include "emu/device_emu.h"

extern __shared__ __align__(16) unsigned char smem_raw[];

/* d[16, 8] = a[16, 16] b[8, 16]^T of 16-bit numbers, both staged in shared memory. */
#define CHECK_MULTIPLY(name, multiply)                                              \
  extern "C" __global__ void name(float* d, const void* a, const void* b) {         \
    unsigned char* rows = smem_raw;            /* 16 of a, then 8 of b, 32 bytes */ \
    int lane = threadIdx.x;                                                         \
    for (int i = lane; i < 48; i += 32) {                                           \
      const unsigned char* from = i < 32 ? (const unsigned char*)a + 16 * i         \
                                         : (const unsigned char*)b + 16 * (i - 32); \
      cp_async16(rows + 16 * i, from, true);                                        \
    }                                                                               \
    cp_async_commit();                                                              \
    cp_async_wait<0>();                                                             \
    __syncthreads();                                                                \
    uint32_t fragment_a[4];                                                         \
    uint32_t fragment_b[2];                                                         \
    ldmatrix_x4(fragment_a, rows + 32 * (lane % 16) + 16 * (lane / 16));            \
    ldmatrix_x2(fragment_b, rows + 512 + 32 * (lane % 8) + 16 * (lane / 8 % 2));    \
    float sums[4] = {1, 1, 1, 1};                                                   \
    multiply(sums, fragment_a, fragment_b);                                         \
    for (int i = 0; i < 4; i++) {                                                   \
      d[8 * (lane / 4 + i / 2 * 8) + 2 * (lane % 4) + i % 2] = sums[i];             \
    }                                                                               \
  }

CHECK_MULTIPLY(check_mma_bf16, mma_bf16_16816)
CHECK_MULTIPLY(check_mma_f16, mma_f16_16816)

/* The same of 8-bit numbers, 32 in a row: no matrix load knows them, so lanes read their own. */
#define CHECK_MULTIPLY_BYTES(name, multiply, type)                                    \
  extern "C" __global__ void name(type* d, const uint32_t* a, const uint32_t* b) {    \
    int g = threadIdx.x / 4;                                                          \
    int t = threadIdx.x % 4;                                                          \
    uint32_t fragment_a[4] = {a[8 * g + t], a[8 * (g + 8) + t], a[8 * g + t + 4],     \
                              a[8 * (g + 8) + t + 4]};                                \
    uint32_t fragment_b[2] = {b[8 * g + t], b[8 * g + t + 4]};                        \
    type sums[4] = {1, 1, 1, 1};                                                      \
    multiply(sums, fragment_a, fragment_b);                                           \
    for (int i = 0; i < 4; i++) {                                                     \
      d[8 * (g + i / 2 * 8) + 2 * t + i % 2] = sums[i];                               \
    }                                                                                 \
  }

CHECK_MULTIPLY_BYTES(check_mma_s8, mma_s8_16832, int32_t)
CHECK_MULTIPLY_BYTES(check_mma_e4m3, mma_e4m3_16832, float)

/* out[matrix][lane] of four 8x8 matrices, transposed: elements (2t, g) and (2t + 1, g). */
extern "C" __global__ void check_transpose(uint32_t* out, const uint4* in) {
  uint4* rows = (uint4*)smem_raw;
  rows[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  uint32_t fragment[4];
  ldmatrix_x4_trans(fragment, rows + threadIdx.x);
  for (int i = 0; i < 4; i++) {
    out[32 * i + threadIdx.x] = fragment[i];
  }
}
