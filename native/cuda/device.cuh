/*
 * What kernels use of the device beyond C++: number types, warp operations, asynchronous copies and
 * the matrix units. No other file holds PTX, so the emulation of tests replaces this one alone.
 *
 * Fragments of the matrix units, g = lane / 4 and t = lane % 4 (m16n8k16, 16-bit elements):
 *   a[0] row g, columns 2t, 2t+1; a[1] row g + 8; a[2], a[3] the same rows, columns 2t+8, 2t+9
 *   b[0] rows 2t, 2t+1 of column g; b[1] rows 2t+8, 2t+9
 *   d[0], d[1] row g, columns 2t, 2t+1; d[2], d[3] row g + 8
 */
#ifndef GTN_DEVICE_CUH
#define GTN_DEVICE_CUH

#ifdef GTN_EMU
#include "emu/device_emu.h"
#else

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>
#include <stdint.h>

struct bf16 {
  uint16_t bits;
};
struct __align__(4) bf16x2 {
  bf16 x, y;
};
struct f16 {
  uint16_t bits;
};
struct e4m3 {
  uint8_t bits;
};

__device__ __forceinline__ float to_float(float value) { return value; }
__device__ __forceinline__ float to_float(bf16 value) {
  return __uint_as_float((uint32_t)value.bits << 16);
}
__device__ __forceinline__ float to_float(f16 value) {
  return __half2float(__ushort_as_half(value.bits));
}
__device__ __forceinline__ float to_float(e4m3 value) {
  __nv_fp8_e4m3 v;
  v.__x = value.bits;
  return (float)v;
}

/* To the nearest, the even one of two. */
__device__ __forceinline__ bf16 to_bf16(float value) {
  return bf16{__bfloat16_as_ushort(__float2bfloat16_rn(value))};
}
__device__ __forceinline__ f16 to_f16(float value) {
  return f16{__half_as_ushort(__float2half_rn(value))};
}
__device__ __forceinline__ bf16x2 to_bf16x2(float x, float y) {
  __nv_bfloat162 pair = __floats2bfloat162_rn(x, y);
  return bf16x2{bf16{__bfloat16_as_ushort(pair.x)}, bf16{__bfloat16_as_ushort(pair.y)}};
}
/* At most 448 in magnitude. */
__device__ __forceinline__ e4m3 to_e4m3(float value) {
  return e4m3{__nv_cvt_float_to_fp8(value, __NV_SATFINITE, __NV_E4M3)};
}

/* Of all 32 lanes, by exchanges at distances 16, 8, 4, 2 and 1: the same bits in every lane. */
template <class T>
__device__ __forceinline__ T warp_sum(T value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(0xffffffffu, value, distance);
  }
  return value;
}
template <class T>
__device__ __forceinline__ T warp_max(T value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) {
    value = max(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  return value;
}

__device__ __forceinline__ uint32_t shared_address(const void* pointer) {
  return (uint32_t)__cvta_generic_to_shared(pointer);
}

/* Copies 16 bytes to shared memory; zeros where not ok, global is not read then. */
__device__ __forceinline__ void cp_async16(void* shared, const void* global, bool ok) {
  int bytes = ok ? 16 : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;\n" ::"r"(shared_address(shared)),
               "l"(global), "r"(bytes)
               : "memory");
}
__device__ __forceinline__ void cp_async_commit() {
  asm volatile("cp.async.commit_group;\n" ::: "memory");
}
/* Until at most GROUPS of this thread's committed groups are under way. */
template <int GROUPS>
__device__ __forceinline__ void cp_async_wait() {
  asm volatile("cp.async.wait_group %0;\n" ::"n"(GROUPS) : "memory");
}

/* Four 8x8 matrices of 16-bit elements; lane i names row i % 8 of matrix i / 8. */
__device__ __forceinline__ void ldmatrix_x4(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];\n"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
__device__ __forceinline__ void ldmatrix_x4_trans(uint32_t (&r)[4], const void* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];\n"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}

/* d += a b */
__device__ __forceinline__ void mma_bf16_16816(float (&d)[4], const uint32_t (&a)[4],
                                               const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};\n"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
/* The same for signed bytes, m16n8k32: a register holds four neighbours. Exact. */
__device__ __forceinline__ void mma_s8_16832(int32_t (&d)[4], const uint32_t (&a)[4],
                                             const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};\n"
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/* The same for E4M3, with sums in float32; never reached on a device whose units lack it. */
__device__ __forceinline__ void mma_e4m3_16832(float (&d)[4], const uint32_t (&a)[4],
                                               const uint32_t (&b)[2]) {
#if __CUDA_ARCH__ >= 890
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.f32.e4m3.e4m3.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
      "{%8, %9}, {%0, %1, %2, %3};\n"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  __trap();
#endif
}

#endif

/* The array of dynamic shared memory, of every kernel. */
extern __shared__ __align__(16) unsigned char smem_raw[];

/* 2^x, good to some two units in the last place; 0 for -inf. */
__device__ __forceinline__ float fast_exp2(float x) {
#ifdef GTN_EMU
  return exp2f(x);
#else
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;\n" : "=f"(y) : "f"(x));
  return y;
#endif
}

/* The sums of two pairs of bf16, each rounded once. */
__device__ __forceinline__ uint32_t add_bf16x2(uint32_t a, uint32_t b) {
#ifdef GTN_EMU
  float low = to_float(bf16{(uint16_t)a}) + to_float(bf16{(uint16_t)b});
  float high = to_float(bf16{(uint16_t)(a >> 16)}) + to_float(bf16{(uint16_t)(b >> 16)});
  return (uint32_t)to_bf16(high).bits << 16 | to_bf16(low).bits;
#else
  uint32_t sum;
  asm("fma.rn.bf16x2 %0, %1, %2, %3;\n" : "=r"(sum) : "r"(a), "r"(0x3f803f80u), "r"(b));
  return sum;
#endif
}

/* The products of two pairs of bf16, each rounded once; subnormal ones count. */
__device__ __forceinline__ uint32_t multiply_bf16x2(uint32_t a, uint32_t b) {
#ifdef GTN_EMU
  float low = to_float(bf16{(uint16_t)a}) * to_float(bf16{(uint16_t)b});
  float high = to_float(bf16{(uint16_t)(a >> 16)}) * to_float(bf16{(uint16_t)(b >> 16)});
  return (uint32_t)to_bf16(high).bits << 16 | to_bf16(low).bits;
#else
  uint32_t product;
  asm("fma.rn.bf16x2 %0, %1, %2, %3;\n" : "=r"(product) : "r"(a), "r"(b), "r"(0x80008000u));
  return product;
#endif
}

__device__ __forceinline__ uint32_t pack_bf16x2(float low, float high) {
  bf16x2 pair = to_bf16x2(low, high);
  return (uint32_t)pair.y.bits << 16 | pair.x.bits;
}

#endif
