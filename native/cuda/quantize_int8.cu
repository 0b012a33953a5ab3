/*
 * quantize_int8: rows as bytes in [-127, 127] with one scale each, a 127th of the largest element.
 *
 *   x [rows, size] in bf16; out [rows, ..] quantised rows as args.h has them
 *   grid (rows, 1, 1), block threads(size): a thread takes 8 neighbours at a time
 *
 * The inputs of layers whose checkpoint was tested with bytes for them. A row is read twice, the
 * second time from a cache: its largest element has to be known first. A row with an element that
 * is not finite has a scale that is not, so what is computed from it is not finite either.
 */
#include "quantized_rows.cuh"

struct RowStatistics {
  float largest;
  float zeros; /* NaN if an element is not finite */
};

__device__ __forceinline__ RowStatistics row_statistics(const bf16* x, int size) {
  __shared__ float largest_of[8];
  __shared__ float zeros_of[8];
  float largest = 0;
  float zeros = 0;
  for (int at = 8 * threadIdx.x; at < size; at += 8 * blockDim.x) {
    float v[8];
    load8(x, at, size, v);
#pragma unroll
    for (int i = 0; i < 8; i++) {
      largest = fmaxf(largest, fabsf(v[i]));
      zeros = fmaf(v[i], 0.0f, zeros);
    }
  }
  largest = warp_max(largest);
  zeros = warp_sum(zeros);
  if (threadIdx.x % 32 == 0) {
    largest_of[threadIdx.x / 32] = largest;
    zeros_of[threadIdx.x / 32] = zeros;
  }
  __syncthreads();
  RowStatistics all = {0, 0};
  for (int warp = 0; warp < (int)blockDim.x / 32; warp++) {
    all.largest = fmaxf(all.largest, largest_of[warp]);
    all.zeros += zeros_of[warp];
  }
  return all;
}

__device__ __forceinline__ uint32_t four_bytes(const float* v, float inverse) {
  uint32_t word = 0;
#pragma unroll
  for (int i = 0; i < 4; i++) {
    float x = v[i] * inverse;
    int value = __float2int_rn(x == x ? fminf(fmaxf(x, -127.0f), 127.0f) : 0.0f);
    word |= ((uint32_t)value & 0xffu) << (8 * i);
  }
  return word;
}

extern "C" __global__ void __launch_bounds__(256)
    quantize_int8_bf16(const __grid_constant__ QuantizeArgs a) {
  const bf16* x = (const bf16*)a.x + blockIdx.x * a.x_stride;
  uint8_t* out = (uint8_t*)a.out + blockIdx.x * a.out_stride;
  RowStatistics row = row_statistics(x, a.size);
  float largest = row.largest < 0x1p-100f ? 0.0f : row.largest;
  float inverse = largest == 0 ? 0.0f : 127 / largest;
  int padded = quantized_columns(a.size);
  for (int at = 8 * threadIdx.x; at < padded; at += 8 * blockDim.x) {
    float v[8];
    load8(x, at, a.size, v);
    uint2 bytes = make_uint2(four_bytes(v, inverse), four_bytes(v + 4, inverse));
    *(uint2*)(out + packed_place(at)) = bytes;
  }
  if (threadIdx.x == 0) {
    *(float*)(out + padded) = largest / 127 + row.zeros;
  }
}
