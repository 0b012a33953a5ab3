/* simd.h for x86-64-v2: SSE4.2, no fused multiply-add, no F16C. */
#define VW 4
#define LINEAR_TILE_ROWS 3 /* 4 x 3 sums, 3 of x and one weight fill the 16 registers */
#define GATUN_LIBRARY_ISA GATUN_ISA_BASELINE
typedef __m128 vf;

INLINE vf vf_zero(void) { return _mm_setzero_ps(); }
INLINE vf vf_set1(float x) { return _mm_set1_ps(x); }
INLINE vf vf_load(const float *p) { return _mm_loadu_ps(p); }
INLINE void vf_store(float *p, vf v) { _mm_storeu_ps(p, v); }
INLINE vf vf_add(vf a, vf b) { return _mm_add_ps(a, b); }
INLINE vf vf_sub(vf a, vf b) { return _mm_sub_ps(a, b); }
INLINE vf vf_mul(vf a, vf b) { return _mm_mul_ps(a, b); }
INLINE vf vf_div(vf a, vf b) { return _mm_div_ps(a, b); }
INLINE vf vf_max(vf a, vf b) { return _mm_max_ps(a, b); }
INLINE vf vf_min(vf a, vf b) { return _mm_min_ps(a, b); }
/* a * b + c */
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
INLINE vf vf_round(vf v) { return _mm_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/* 2^n for whole n in [-126, 127] */
INLINE vf vf_pow2(vf n) {
  __m128i biased = _mm_add_epi32(_mm_cvtps_epi32(n), _mm_set1_epi32(127));
  return _mm_castsi128_ps(_mm_slli_epi32(biased, 23));
}
/* x < y ? a : b; b if x or y is NaN */
INLINE vf vf_select_lt(vf x, vf y, vf a, vf b) { return _mm_blendv_ps(b, a, _mm_cmplt_ps(x, y)); }
INLINE vf vf_abs(vf v) { return _mm_andnot_ps(_mm_set1_ps(-0.0f), v); }
INLINE __m128 vf_fold(vf v) { return v; }
INLINE float vf_largest(vf v) {
  v = _mm_max_ps(v, _mm_movehl_ps(v, v));
  return _mm_cvtss_f32(_mm_max_ss(v, _mm_movehdup_ps(v)));
}
INLINE void vf_transpose(vf *v) { _MM_TRANSPOSE4_PS(v[0], v[1], v[2], v[3]); }

INLINE vf vf_load_bf16(const uint16_t *p) {
  __m128i half = _mm_loadl_epi64((const __m128i *)(const void *)p);
  return _mm_castsi128_ps(_mm_unpacklo_epi16(_mm_setzero_si128(), half));
}
INLINE vf vf_load_f16(const uint16_t *p) {
  return _mm_setr_ps(f16_to_float(p[0]), f16_to_float(p[1]), f16_to_float(p[2]),
                     f16_to_float(p[3]));
}
#include "simd_tails.h"

/* Rounds as float_to_bf16. */
INLINE void vf_store_bf16(uint16_t *p, vf v) {
  __m128i bits = _mm_castps_si128(v);
  __m128i high = _mm_srli_epi32(bits, 16);
  __m128i odd = _mm_and_si128(high, _mm_set1_epi32(1));
  __m128i up = _mm_add_epi32(odd, _mm_set1_epi32(0x7fff));
  __m128i rounded = _mm_srli_epi32(_mm_add_epi32(bits, up), 16);
  __m128i nan = _mm_or_si128(high, _mm_set1_epi32(0x40));
  rounded = _mm_blendv_epi8(rounded, nan, _mm_castps_si128(_mm_cmpunord_ps(v, v)));
  _mm_storel_epi64((__m128i *)(void *)p, _mm_packus_epi32(rounded, rounded));
}
INLINE void vf_store_f16(uint16_t *p, vf v) {
  float t[VW];
  vf_store(t, v);
  for (int i = 0; i < VW; i++) {
    p[i] = float_to_f16(t[i]);
  }
}
INLINE vf vf_load_i8(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, sizeof four);
  return _mm_cvtepi32_ps(_mm_cvtepi8_epi32(_mm_cvtsi32_si128(four)));
}

/* Integers, for packed.h */
#define PACKED_TILE_ROWS 2
#define INT8_ZERO 0 /* bytes are stored signed: 255 * 127 * 2 would not fit PMADDUBSW's 16 bits */
typedef __m128i vi;

INLINE vi vi_set1(int32_t x) { return _mm_set1_epi32(x); }
INLINE vi vi_load(const uint8_t *p) { return _mm_loadu_si128((const __m128i *)(const void *)p); }
INLINE vi vi_add(vi a, vi b) { return _mm_add_epi32(a, b); }
INLINE vi vi_low_nibbles(vi v) { return _mm_and_si128(v, _mm_set1_epi8(15)); }
INLINE vi vi_high_nibbles(vi v) { return vi_low_nibbles(_mm_srli_epi16(v, 4)); }
INLINE vi vi_mul16(vi a, vi b) { return _mm_madd_epi16(a, b); }
INLINE vi vi_dot_nibbles(vi sum, vi w, vi x) {
  return vi_add(sum, vi_mul16(_mm_maddubs_epi16(w, x), _mm_set1_epi16(1)));
}
INLINE vi vi_dot_bytes(vi sum, vi w, vi x) {
  return vi_dot_nibbles(sum, _mm_abs_epi8(w), _mm_sign_epi8(x, w));
}
INLINE vi vi_widen(const uint8_t *p) {
  int32_t four;
  memcpy(&four, p, sizeof four);
  return _mm_cvtepu8_epi32(_mm_cvtsi32_si128(four));
}
INLINE vi vi_of(vf v) { return _mm_cvtps_epi32(v); }
INLINE vf vf_of(vi v) { return _mm_cvtepi32_ps(v); }
INLINE void vi_store_bytes(int8_t *p, vi v) {
  __m128i words = _mm_packs_epi32(v, v);
  int32_t four = _mm_cvtsi128_si32(_mm_packs_epi16(words, words));
  memcpy(p, &four, sizeof four);
}
