/* simd.h for AVX-512 F, BW, VL, DQ and VNNI, and BF16 and AMX where it is compiled for them. */
#define VW 16
#define LINEAR_TILE_ROWS 6 /* 4 x 6 sums, 6 of x and one weight take 31 of 32 registers */
#if defined(__AMX_INT8__) || defined(AMX_EMULATED)
#define HAS_AMX 1
#define GATUN_LIBRARY_ISA GATUN_ISA_AMX
#elif defined(__AVX512BF16__)
#define GATUN_LIBRARY_ISA GATUN_ISA_AVX512
#else
#define GATUN_LIBRARY_ISA GATUN_ISA_AVX512_VNNI
#endif
typedef __m512 vf;

INLINE vf vf_zero(void) { return _mm512_setzero_ps(); }
INLINE vf vf_set1(float x) { return _mm512_set1_ps(x); }
INLINE vf vf_load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void vf_store(float *p, vf v) { _mm512_storeu_ps(p, v); }
INLINE vf vf_add(vf a, vf b) { return _mm512_add_ps(a, b); }
INLINE vf vf_sub(vf a, vf b) { return _mm512_sub_ps(a, b); }
INLINE vf vf_mul(vf a, vf b) { return _mm512_mul_ps(a, b); }
INLINE vf vf_div(vf a, vf b) { return _mm512_div_ps(a, b); }
INLINE vf vf_max(vf a, vf b) { return _mm512_max_ps(a, b); }
INLINE vf vf_min(vf a, vf b) { return _mm512_min_ps(a, b); }
/* a * b + c */
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
INLINE vf vf_round(vf v) {
  return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* 2^n for whole n in [-126, 127] */
INLINE vf vf_pow2(vf n) {
  __m512i biased = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
  return _mm512_castsi512_ps(_mm512_slli_epi32(biased, 23));
}
/* x < y ? a : b; b if x or y is NaN */
INLINE vf vf_select_lt(vf x, vf y, vf a, vf b) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, y, _CMP_LT_OQ), b, a);
}
INLINE vf vf_abs(vf v) { return _mm512_abs_ps(v); }
INLINE __m128 vf_fold(vf v) {
  __m256 half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
  return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}
INLINE float vf_largest(vf v) { return _mm512_reduce_max_ps(v); }
INLINE void vf_transpose(vf *v) {
  vf t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) { /* pairs of elements of rows i, i + 1 */
    t[i] = _mm512_unpacklo_ps(v[i], v[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(v[i], v[i + 1]);
  }
  /* columns c + 4 q of rows i to i + 3 in quarter q of v[i + c] */
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    v[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    v[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
    v[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    v[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int c = 0; c < 4; c++) {
    vf a = _mm512_shuffle_f32x4(v[c], v[c + 4], 0x88); /* quarters 0 and 2 */
    vf b = _mm512_shuffle_f32x4(v[c], v[c + 4], 0xdd); /* 1 and 3 */
    vf d = _mm512_shuffle_f32x4(v[c + 8], v[c + 12], 0x88);
    vf e = _mm512_shuffle_f32x4(v[c + 8], v[c + 12], 0xdd);
    v[c] = _mm512_shuffle_f32x4(a, d, 0x88);
    v[c + 4] = _mm512_shuffle_f32x4(b, e, 0x88);
    v[c + 8] = _mm512_shuffle_f32x4(a, d, 0xdd);
    v[c + 12] = _mm512_shuffle_f32x4(b, e, 0xdd);
  }
}

INLINE __mmask16 first_lanes(int64_t n) { return (__mmask16)((1u << n) - 1); }
INLINE vf vf_load_n(const float *p, int64_t n) { return _mm512_maskz_loadu_ps(first_lanes(n), p); }
INLINE void vf_store_n(float *p, vf v, int64_t n) {
  _mm512_mask_storeu_ps(p, first_lanes(n), v);
}

INLINE vf widen_bf16(__m256i half) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}
INLINE __m256i load_halves(const uint16_t *p) {
  return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
INLINE __m256i load_halves_n(const uint16_t *p, int64_t n) {
  return _mm256_maskz_loadu_epi16(first_lanes(n), p);
}
INLINE vf vf_load_bf16(const uint16_t *p) { return widen_bf16(load_halves(p)); }
INLINE vf vf_load_f16(const uint16_t *p) { return _mm512_cvtph_ps(load_halves(p)); }
INLINE vf vf_load_bf16_n(const uint16_t *p, int64_t n) { return widen_bf16(load_halves_n(p, n)); }
INLINE vf vf_load_f16_n(const uint16_t *p, int64_t n) {
  return _mm512_cvtph_ps(load_halves_n(p, n));
}
/* Rounds as float_to_bf16: the instruction for it takes subnormal numbers for zero. */
INLINE void vf_store_bf16(uint16_t *p, vf v) {
  __m512i bits = _mm512_castps_si512(v);
  __m512i high = _mm512_srli_epi32(bits, 16);
  __m512i odd = _mm512_and_si512(high, _mm512_set1_epi32(1));
  __m512i up = _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff));
  __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(bits, up), 16);
  __m512i nan = _mm512_or_si512(high, _mm512_set1_epi32(0x40));
  rounded = _mm512_mask_blend_epi32(_mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q), rounded, nan);
  _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(rounded));
}
INLINE void vf_store_f16(uint16_t *p, vf v) {
  __m256i half = _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  _mm256_storeu_si256((__m256i *)(void *)p, half);
}
INLINE vf vf_load_i8(const int8_t *p) {
  __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
}

#if defined(__AVX512BF16__)
#define HAS_BF16_DOT 1
typedef __m512i vh;
INLINE vh vh_load(const uint16_t *p) { return _mm512_loadu_si512(p); }
INLINE vf vf_dot_bf16(vf sum, vh a, vh b) {
  __asm__("vdpbf16ps %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
  return sum;
}
#endif

/* Integers, for packed.h */
#define PACKED_TILE_ROWS 6 /* 2 x 6 whole and 2 x 6 float sums, 4 weights, one of x: 29 of 32 */
#define INT8_ZERO 128      /* bytes are stored unsigned: VPDPBUSD multiplies unsigned by signed */
typedef __m512i vi;

INLINE vi vi_set1(int32_t x) { return _mm512_set1_epi32(x); }
INLINE vi vi_load(const uint8_t *p) { return _mm512_loadu_si512(p); }
INLINE void vi_store(uint8_t *p, vi v) { _mm512_storeu_si512(p, v); }
INLINE vi vi_add(vi a, vi b) { return _mm512_add_epi32(a, b); }
INLINE vi vi_low_nibbles(vi v) { return _mm512_and_si512(v, _mm512_set1_epi8(15)); }
INLINE vi vi_high_nibbles(vi v) { return vi_low_nibbles(_mm512_srli_epi16(v, 4)); }
/* Not the intrinsic: gcc 12 copies each sum to another register and back around it. */
INLINE vi vi_dot_bytes(vi sum, vi w, vi x) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(w), "v"(x));
  return sum;
}
INLINE vi vi_dot_nibbles(vi sum, vi w, vi x) { return vi_dot_bytes(sum, w, x); }
INLINE vi vi_mul16(vi a, vi b) { return _mm512_madd_epi16(a, b); }
INLINE vi vi_widen(const uint8_t *p) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
INLINE vi vi_of(vf v) { return _mm512_cvtps_epi32(v); }
INLINE vf vf_of(vi v) { return _mm512_cvtepi32_ps(v); }
INLINE void vi_store_bytes(int8_t *p, vi v) {
  _mm_storeu_si128((__m128i *)(void *)p, _mm512_cvtepi32_epi8(v));
}
