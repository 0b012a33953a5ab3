/* Scalar conversions of F16 and BF16, rounding to nearest-even; a NaN stays a NaN. */
#ifndef GATUN_HALF_H
#define GATUN_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t float_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float bits_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline float bf16_to_float(uint16_t half) { return bits_float((uint32_t)half << 16); }

static inline uint16_t float_to_bf16(float value) {
  uint32_t bits = float_bits(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return (uint16_t)((bits >> 16) | 0x40);
  }
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static inline float f16_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t rest = (uint32_t)(half & 0x7fff) << 13;
  if (rest >= 0x0f800000u) { /* infinity and NaN keep the largest exponent */
    return bits_float(sign | (rest + 0x70000000u));
  }
  if (rest < 0x00800000u) { /* subnormal: counts units of 2^-24 */
    return bits_float(sign | float_bits((float)(rest >> 13) * 0x1p-24f));
  }
  return bits_float(sign | (rest + 0x38000000u));
}

static inline uint16_t float_to_f16(float value) {
  uint32_t bits = float_bits(value);
  uint16_t sign = (uint16_t)((bits >> 16) & 0x8000);
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u) {
    return (uint16_t)(sign | 0x7e00 | ((bits >> 13) & 0x3ff));
  }
  if (bits >= 0x47800000u) { /* 65536 and above */
    return (uint16_t)(sign | 0x7c00);
  }
  if (bits < 0x38800000u) { /* subnormal: adding 0.5 rounds to units of 2^-24 */
    return (uint16_t)(sign | (float_bits(bits_float(bits) + 0.5f) - 0x3f000000u));
  }
  bits += 0xc8000fffu + ((bits >> 13) & 1);
  return (uint16_t)(sign | (bits >> 13));
}

#endif
