/*
 * Device functions on the host. Results of the fast ones differ from the device's in the last
 * places, so tests compare with a tolerance.
 */
#ifndef GTN_EMU_DEVICE_MATH_H
#define GTN_EMU_DEVICE_MATH_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "../../cpu/half.h"

/* Macros, because the C library declares functions of these names for itself. */
#define __expf(x) expf(x)
#define __exp10f(x) powf(10.0f, x)
#define __logf(x) logf(x)
#define __log2f(x) log2f(x)
#define __powf(x, y) powf(x, y)
#define __sinf(x) sinf(x)
#define __cosf(x) cosf(x)

static inline float __fdividef(float x, float y) { return x / y; }
static inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
static inline float __fadd_rn(float x, float y) { return x + y; }
static inline float __fmul_rn(float x, float y) { return x * y; }
static inline float __fdiv_rn(float x, float y) { return x / y; }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
static inline double __dadd_rn(double x, double y) { return x + y; }
static inline double __dmul_rn(double x, double y) { return x * y; }
static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline float __saturatef(float x) { return x < 1.0f ? (x > 0.0f ? x : 0.0f) : 1.0f; }

static inline int32_t __float2int_rn(float x) { return (int32_t)lrintf(x); }
static inline int32_t __float2int_rz(float x) { return (int32_t)x; }
static inline uint32_t __float2uint_rn(float x) { return (uint32_t)llrintf(x); }
static inline float __int2float_rn(int32_t x) { return (float)x; }
static inline float __uint2float_rn(uint32_t x) { return (float)x; }
static inline uint32_t __float_as_uint(float x) { return float_bits(x); }
static inline int32_t __float_as_int(float x) { return (int32_t)float_bits(x); }
static inline float __uint_as_float(uint32_t x) { return bits_float(x); }
static inline float __int_as_float(int32_t x) { return bits_float((uint32_t)x); }

static inline int __popc(uint32_t x) { return __builtin_popcount(x); }
static inline int __popcll(uint64_t x) { return __builtin_popcountll(x); }
static inline int __clz(uint32_t x) { return x == 0 ? 32 : __builtin_clz(x); }
static inline int __clzll(uint64_t x) { return x == 0 ? 64 : __builtin_clzll(x); }
static inline int __ffs(uint32_t x) { return __builtin_ffs((int)x); }
static inline int __ffsll(uint64_t x) { return __builtin_ffsll((long long)x); }
static inline uint32_t __umulhi(uint32_t x, uint32_t y) {
  return (uint32_t)((uint64_t)x * y >> 32);
}
static inline uint64_t __umul64hi(uint64_t x, uint64_t y) {
  return (uint64_t)((unsigned __int128)x * y >> 64);
}

static inline uint32_t __brev(uint32_t x) {
  uint32_t reversed = 0;
  for (int i = 0; i < 32; i++) {
    reversed = reversed << 1 | (x >> i & 1);
  }
  return reversed;
}

/* Each nibble of the selector names one of the eight bytes of y:x; its top bit spreads the sign. */
static inline uint32_t __byte_perm(uint32_t x, uint32_t y, uint32_t selector) {
  uint64_t bytes = (uint64_t)y << 32 | x;
  uint32_t result = 0;
  for (int i = 0; i < 4; i++) {
    uint32_t nibble = selector >> (4 * i) & 15;
    uint32_t byte = (uint32_t)(bytes >> (8 * (nibble & 7))) & 0xff;
    if ((nibble & 8) != 0) {
      byte = (byte & 0x80) != 0 ? 0xff : 0;
    }
    result |= byte << (8 * i);
  }
  return result;
}

static inline uint32_t __funnelshift_r(uint32_t low, uint32_t high, uint32_t shift) {
  return (uint32_t)(((uint64_t)high << 32 | low) >> (shift & 31));
}

static inline int32_t __dp4a(int32_t x, int32_t y, int32_t sum) {
  int8_t a[4];
  int8_t b[4];
  memcpy(a, &x, 4);
  memcpy(b, &y, 4);
  for (int i = 0; i < 4; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

template <class T>
static inline T __ldg(const T* address) {
  return *address;
}
template <class T>
static inline T __ldcs(const T* address) {
  return *address;
}
template <class T>
static inline void __stcs(T* address, T value) {
  *address = value;
}

/* Of floats the one that is a number, as on the device; of integers in their common type. */
template <class A, class B>
static inline std::common_type_t<A, B> min(A a, B b) {
  using T = std::common_type_t<A, B>;
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmin(static_cast<T>(a), static_cast<T>(b));
  } else {
    return static_cast<T>(b) < static_cast<T>(a) ? static_cast<T>(b) : static_cast<T>(a);
  }
}
template <class A, class B>
static inline std::common_type_t<A, B> max(A a, B b) {
  using T = std::common_type_t<A, B>;
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmax(static_cast<T>(a), static_cast<T>(b));
  } else {
    return static_cast<T>(a) < static_cast<T>(b) ? static_cast<T>(b) : static_cast<T>(a);
  }
}

#endif
