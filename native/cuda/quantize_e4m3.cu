/*
 * quantize_e4m3: rows as 8-bit floats with a scale for each 128 columns, a 448th of the largest
 * element of those.
 *
 *   x [rows, size] in bf16; out [rows, ..] quantised rows as args.h has them
 *   grid (rows, 1, 1), block threads(size): 16 lanes take a group of 128 columns, 8 neighbours each
 *
 * The inputs of layers with FP8 weights, where the matrix units multiply 8-bit floats. An element
 * that is not finite makes its group's scale so, and with it what is computed from the row.
 */
#include "quantized_rows.cuh"

constexpr int LANES = QUANTIZED_BLOCK / 8;

__device__ __forceinline__ uint32_t four_floats(const float* v, float inverse) {
  uint32_t word = 0;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    word |= (uint32_t)to_e4m3(v[i] * inverse).bits << (8 * i);
  }
  return word;
}

extern "C" __global__ void __launch_bounds__(256)
    quantize_e4m3_bf16(const __grid_constant__ QuantizeArgs a) {
  const bf16* x = (const bf16*)a.x + blockIdx.x * a.x_stride;
  uint8_t* out = (uint8_t*)a.out + blockIdx.x * a.out_stride;
  int padded = quantized_columns(a.size);
  float* scales = (float*)(out + padded);
  /* Whole warps: those whose group is not there help with the exchanges. */
  for (int base = 0; base < padded; base += 8 * blockDim.x) {
    int at = base + 8 * threadIdx.x;
    float v[8];
    load8(x, at, a.size, v);
    float largest = 0;
    float zeros = 0; /* NaN if an element is not finite */
#pragma unroll
    for (int i = 0; i < 8; i++) {
      largest = fmaxf(largest, fabsf(v[i]));
      zeros = fmaf(v[i], 0.0f, zeros);
    }
#pragma unroll
    for (int distance = LANES / 2; distance > 0; distance /= 2) {
      largest = fmaxf(largest, __shfl_xor_sync(0xffffffffu, largest, distance));
      zeros += __shfl_xor_sync(0xffffffffu, zeros, distance);
    }
    largest = largest < 0x1p-100f ? 0.0f : largest;
    float inverse = largest == 0 || zeros != zeros ? 0.0f : 448 / largest;
    if (at < padded) {
      uint2 bytes = make_uint2(four_floats(v, inverse), four_floats(v + 4, inverse));
      *(uint2*)(out + packed_place(at)) = bytes;
      if (threadIdx.x % LANES == 0) {
        scales[at / QUANTIZED_BLOCK] = largest / 448 + zeros;
      }
    }
  }
}
