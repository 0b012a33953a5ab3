/*
 * simd.h for NEON with dot products of bytes: Armv8.2-A with DotProd and FP16; and for products of
 * matrices, I8MM and BF16, where it is compiled for them.
 */
#define VW 4
#define LINEAR_TILE_ROWS 6 /* 4 x 6 sums, 6 of x and one weight take 31 of 32 registers */
#if defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
#define GATUN_LIBRARY_ISA GATUN_ISA_NEON_BF16
#elif defined(__ARM_FEATURE_MATMUL_INT8)
#define GATUN_LIBRARY_ISA GATUN_ISA_NEON_I8MM
#else
#define GATUN_LIBRARY_ISA GATUN_ISA_NEON
#endif
#define VECTOR_REGISTER "w" /* in constraints of inline assembler */
typedef float32x4_t vf;

INLINE vf vf_zero(void) { return vdupq_n_f32(0.0f); }
INLINE vf vf_set1(float x) { return vdupq_n_f32(x); }
INLINE vf vf_load(const float *p) { return vld1q_f32(p); }
INLINE void vf_store(float *p, vf v) { vst1q_f32(p, v); }
INLINE vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
INLINE vf vf_sub(vf a, vf b) { return vsubq_f32(a, b); }
INLINE vf vf_mul(vf a, vf b) { return vmulq_f32(a, b); }
INLINE vf vf_div(vf a, vf b) { return vdivq_f32(a, b); }
/* FMAX and FMIN would return the NaN, whichever operand it is. */
INLINE vf vf_max(vf a, vf b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
INLINE vf vf_min(vf a, vf b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
/* a * b + c */
INLINE vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
INLINE vf vf_round(vf v) { return vrndnq_f32(v); }
/* 2^n for whole n in [-126, 127] */
INLINE vf vf_pow2(vf n) {
  int32x4_t biased = vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127));
  return vreinterpretq_f32_s32(vshlq_n_s32(biased, 23));
}
/* x < y ? a : b; b if x or y is NaN */
INLINE vf vf_select_lt(vf x, vf y, vf a, vf b) { return vbslq_f32(vcltq_f32(x, y), a, b); }
INLINE vf vf_abs(vf v) { return vabsq_f32(v); }
INLINE float vf_sum(vf v) {
  vf two = vpaddq_f32(v, v);
  return vgetq_lane_f32(vpaddq_f32(two, two), 0);
}
INLINE void vf_store_sum4(float *p, vf a, vf b, vf c, vf d) {
  vst1q_f32(p, vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d)));
}

INLINE float vf_largest(vf v) { return vmaxvq_f32(v); }
INLINE void vf_transpose(vf *v) {
  float32x4x2_t a = vtrnq_f32(v[0], v[1]); /* pairs of columns 0 and 2, 1 and 3 */
  float32x4x2_t b = vtrnq_f32(v[2], v[3]);
  v[0] = vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0]));
  v[1] = vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1]));
  v[2] = vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0]));
  v[3] = vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1]));
}

INLINE vf vf_load_bf16(const uint16_t *p) {
  return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
}
INLINE vf vf_load_f16(const uint16_t *p) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}
#include "simd_tails.h"

/* Rounds as float_to_bf16. */
INLINE void vf_store_bf16(uint16_t *p, vf v) {
  uint32x4_t bits = vreinterpretq_u32_f32(v);
  uint32x4_t high = vshrq_n_u32(bits, 16);
  uint32x4_t odd = vandq_u32(high, vdupq_n_u32(1));
  uint32x4_t rounded = vshrq_n_u32(vaddq_u32(bits, vaddq_u32(odd, vdupq_n_u32(0x7fff))), 16);
  uint32x4_t nan = vorrq_u32(high, vdupq_n_u32(0x40));
  vst1_u16(p, vmovn_u32(vbslq_u32(vceqq_f32(v, v), rounded, nan)));
}
INLINE void vf_store_f16(uint16_t *p, vf v) {
  vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(v)));
}
INLINE vf vf_load_i8(const int8_t *p) {
  uint32_t four;
  memcpy(&four, p, sizeof four);
  int16x8_t words = vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(four)));
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(words)));
}

#if defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
#define HAS_BF16_DOT 1
#define HAS_BF16_PAIRS 1
typedef bfloat16x8_t vh;
INLINE vh vh_load(const uint16_t *p) { return vreinterpretq_bf16_u16(vld1q_u16(p)); }
INLINE vh vh_low_halves(vh a, vh b) {
  return vcombine_bf16(vget_low_bf16(a), vget_low_bf16(b));
}
INLINE vh vh_high_halves(vh a, vh b) {
  return vcombine_bf16(vget_high_bf16(a), vget_high_bf16(b));
}
INLINE vf vf_dot_pairs(vf sum, vh x, vh w) { return vbfmmlaq_f32(sum, x, w); }
INLINE vf vf_low_halves(vf a, vf b) { return vcombine_f32(vget_low_f32(a), vget_low_f32(b)); }
INLINE vf vf_high_halves(vf a, vf b) { return vcombine_f32(vget_high_f32(a), vget_high_f32(b)); }
#endif

/* Integers, for packed.h */
#define PACKED_TILE_ROWS 6 /* 2 x 6 whole and 2 x 6 float sums, 4 weights, one of x: 29 of 32 */
#define INT8_ZERO 0        /* bytes are stored signed, as SDOT takes them */
typedef int32x4_t vi;

INLINE vi vi_set1(int32_t x) { return vdupq_n_s32(x); }
INLINE vi vi_load(const uint8_t *p) { return vreinterpretq_s32_u8(vld1q_u8(p)); }
INLINE vi vi_add(vi a, vi b) { return vaddq_s32(a, b); }
INLINE vi vi_low_nibbles(vi v) {
  return vreinterpretq_s32_u8(vandq_u8(vreinterpretq_u8_s32(v), vdupq_n_u8(15)));
}
INLINE vi vi_high_nibbles(vi v) {
  return vreinterpretq_s32_u8(vshrq_n_u8(vreinterpretq_u8_s32(v), 4));
}
INLINE vi vi_mul16(vi a, vi b) { return vmulq_s32(a, b); }
INLINE vi vi_dot_bytes(vi sum, vi w, vi x) {
  return vdotq_s32(sum, vreinterpretq_s8_s32(w), vreinterpretq_s8_s32(x));
}
INLINE vi vi_dot_nibbles(vi sum, vi w, vi x) { return vi_dot_bytes(sum, w, x); }
#if defined(__ARM_FEATURE_MATMUL_INT8)
#define PACKED_PAIRS 1
INLINE vi vi_dot_pairs(vi sum, vi x, vi w) {
  return vmmlaq_s32(sum, vreinterpretq_s8_s32(x), vreinterpretq_s8_s32(w));
}
INLINE vi vi_low_halves(vi a, vi b) {
  return vcombine_s32(vget_low_s32(a), vget_low_s32(b));
}
INLINE vi vi_high_halves(vi a, vi b) {
  return vcombine_s32(vget_high_s32(a), vget_high_s32(b));
}
#endif
INLINE vi vi_widen(const uint8_t *p) {
  uint32_t four;
  memcpy(&four, p, sizeof four);
  uint16x8_t words = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(words)));
}
INLINE vi vi_of(vf v) { return vcvtnq_s32_f32(v); }
INLINE vf vf_of(vi v) { return vcvtq_f32_s32(v); }
INLINE void vi_store_bytes(int8_t *p, vi v) {
  int16x4_t words = vqmovn_s32(v);
  int8x8_t bytes = vqmovn_s16(vcombine_s16(words, words));
  uint32_t four = vget_lane_u32(vreinterpret_u32_s8(bytes), 0);
  memcpy(p, &four, sizeof four);
}
