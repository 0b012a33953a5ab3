/*
 * bf16, f16 and fp8 numbers of our own, bits and conversions alone: kernels compute in float.
 * Conversions from float round to nearest-even; e4m3 saturates at 448, as the hardware's satfinite.
 */
#ifndef GTN_EMU_NUMBER_TYPES_H
#define GTN_EMU_NUMBER_TYPES_H

#include "../../cpu/half.h"

#include "vector_types.h"

struct bf16 {
  uint16_t bits;
};

struct alignas(4) bf16x2 {
  bf16 x, y;
};

struct f16 {
  uint16_t bits;
};

struct alignas(4) f16x2 {
  f16 x, y;
};

struct e4m3 {
  uint8_t bits;
};

static inline float to_float(float value) { return value; }
static inline float to_float(bf16 value) { return bf16_to_float(value.bits); }
static inline float to_float(f16 value) { return f16_to_float(value.bits); }

static inline bf16 to_bf16(float value) { return bf16{float_to_bf16(value)}; }
static inline f16 to_f16(float value) { return f16{float_to_f16(value)}; }

static inline float2 to_float2(bf16x2 v) { return float2{to_float(v.x), to_float(v.y)}; }
static inline float2 to_float2(f16x2 v) { return float2{to_float(v.x), to_float(v.y)}; }
static inline bf16x2 to_bf16x2(float x, float y) { return bf16x2{to_bf16(x), to_bf16(y)}; }
static inline f16x2 to_f16x2(float x, float y) { return f16x2{to_f16(x), to_f16(y)}; }

/* 1 sign, 4 exponent bits with bias 7, 3 mantissa bits; no infinity, all ones is NaN. */
static inline float to_float(e4m3 value) {
  uint32_t sign = (uint32_t)(value.bits & 0x80) << 24;
  uint32_t rest = value.bits & 0x7f;
  if (rest == 0x7f) {
    return bits_float(sign | 0x7fc00000u);
  }
  if (rest < 8) { /* subnormal: counts units of 2^-9 */
    return bits_float(sign | float_bits((float)rest * 0x1p-9f));
  }
  return bits_float(sign | ((rest << 20) + (120u << 23)));
}

static inline e4m3 to_e4m3(float value) {
  uint32_t bits = float_bits(value);
  uint8_t sign = (uint8_t)((bits >> 24) & 0x80);
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u) {
    return e4m3{(uint8_t)(sign | 0x7f)};
  }
  if (bits >= 0x43e00000u) { /* 448 and above */
    return e4m3{(uint8_t)(sign | 0x7e)};
  }
  if (bits < 0x3c800000u) { /* below 2^-6: adding 2^14 rounds to units of 2^-9 */
    return e4m3{(uint8_t)(sign | (float_bits(bits_float(bits) + 0x1p14f) - 0x46800000u))};
  }
  bits += 0x7ffffu + ((bits >> 20) & 1);
  bits = (bits >> 20) - (120u << 3);
  return e4m3{(uint8_t)(sign | (bits > 0x7e ? 0x7e : bits))};
}

#endif
