/* simd.h for AVX2 with FMA and F16C, and with AVX-VNNI where there is that. */
#define VW 8
#define LINEAR_TILE_ROWS 3 /* 4 x 3 sums, 3 of x and one weight fill the 16 registers */
#if defined(__AVXVNNI__)
#define GATUN_LIBRARY_ISA GATUN_ISA_AVX2_VNNI
#else
#define GATUN_LIBRARY_ISA GATUN_ISA_AVX2
#endif
typedef __m256 vf;

INLINE vf vf_zero(void) { return _mm256_setzero_ps(); }
INLINE vf vf_set1(float x) { return _mm256_set1_ps(x); }
INLINE vf vf_load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void vf_store(float *p, vf v) { _mm256_storeu_ps(p, v); }
INLINE vf vf_add(vf a, vf b) { return _mm256_add_ps(a, b); }
INLINE vf vf_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
INLINE vf vf_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
INLINE vf vf_div(vf a, vf b) { return _mm256_div_ps(a, b); }
INLINE vf vf_max(vf a, vf b) { return _mm256_max_ps(a, b); }
INLINE vf vf_min(vf a, vf b) { return _mm256_min_ps(a, b); }
/* a * b + c */
INLINE vf vf_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
INLINE vf vf_round(vf v) {
  return _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/* 2^n for whole n in [-126, 127] */
INLINE vf vf_pow2(vf n) {
  __m256i biased = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  return _mm256_castsi256_ps(_mm256_slli_epi32(biased, 23));
}
/* x < y ? a : b; b if x or y is NaN */
INLINE vf vf_select_lt(vf x, vf y, vf a, vf b) {
  return _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, y, _CMP_LT_OQ));
}
INLINE vf vf_abs(vf v) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v); }
INLINE __m128 vf_fold(vf v) {
  return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}
INLINE float vf_largest(vf v) {
  __m128 four = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  four = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}
INLINE void vf_transpose(vf *v) {
  vf t[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) { /* pairs of elements of rows i, i + 1 */
    t[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
    t[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) { /* columns c and c + 4 of rows i to i + 3 in v[i + c] */
    v[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    v[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
    v[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    v[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int c = 0; c < 4; c++) {
    vf low = v[c];
    v[c] = _mm256_permute2f128_ps(low, v[c + 4], 0x20);
    v[c + 4] = _mm256_permute2f128_ps(low, v[c + 4], 0x31);
  }
}

INLINE __m256i first_lanes(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
INLINE vf vf_load_n(const float *p, int64_t n) { return _mm256_maskload_ps(p, first_lanes(n)); }
INLINE void vf_store_n(float *p, vf v, int64_t n) { _mm256_maskstore_ps(p, first_lanes(n), v); }

INLINE vf widen_bf16(__m128i half) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
}
INLINE __m128i load_halves(const uint16_t *p) {
  return _mm_loadu_si128((const __m128i *)(const void *)p);
}
INLINE __m128i load_halves_n(const uint16_t *p, int64_t n) {
  uint16_t t[VW] = {0};
  memcpy(t, p, (size_t)n * sizeof *p);
  return load_halves(t);
}
INLINE vf vf_load_bf16(const uint16_t *p) { return widen_bf16(load_halves(p)); }
INLINE vf vf_load_f16(const uint16_t *p) { return _mm256_cvtph_ps(load_halves(p)); }
INLINE vf vf_load_bf16_n(const uint16_t *p, int64_t n) { return widen_bf16(load_halves_n(p, n)); }
INLINE vf vf_load_f16_n(const uint16_t *p, int64_t n) {
  return _mm256_cvtph_ps(load_halves_n(p, n));
}
/* Rounds as float_to_bf16. */
INLINE void vf_store_bf16(uint16_t *p, vf v) {
  __m256i bits = _mm256_castps_si256(v);
  __m256i high = _mm256_srli_epi32(bits, 16);
  __m256i odd = _mm256_and_si256(high, _mm256_set1_epi32(1));
  __m256i up = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
  __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(bits, up), 16);
  __m256i nan = _mm256_or_si256(high, _mm256_set1_epi32(0x40));
  __m256i is_nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
  rounded = _mm256_blendv_epi8(rounded, nan, is_nan);
  __m256i halves = _mm256_permute4x64_epi64(_mm256_packus_epi32(rounded, rounded), 0x08);
  _mm_storeu_si128((__m128i *)(void *)p, _mm256_castsi256_si128(halves));
}
INLINE void vf_store_f16(uint16_t *p, vf v) {
  __m128i half = _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  _mm_storeu_si128((__m128i *)(void *)p, half);
}
INLINE vf vf_load_i8(const int8_t *p) {
  __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)p);
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

/* Integers, for packed.h */
typedef __m256i vi;

INLINE vi vi_set1(int32_t x) { return _mm256_set1_epi32(x); }
INLINE vi vi_load(const uint8_t *p) {
  return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
INLINE vi vi_add(vi a, vi b) { return _mm256_add_epi32(a, b); }
INLINE vi vi_low_nibbles(vi v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }
INLINE vi vi_high_nibbles(vi v) { return vi_low_nibbles(_mm256_srli_epi16(v, 4)); }
INLINE vi vi_mul16(vi a, vi b) { return _mm256_madd_epi16(a, b); }
#if defined(__AVXVNNI__)
#define PACKED_TILE_ROWS 4 /* 2 x 4 whole sums, 4 weights, one of x: 13 of 16 */
#define INT8_ZERO 128      /* bytes are stored unsigned: VPDPBUSD multiplies unsigned by signed */
/* Test builds replace it to run on processors whose VNNI is that of AVX-512. */
#ifndef VNNI_ENCODING
#define VNNI_ENCODING "%{vex%}"
#endif
/* Not the intrinsic, as in simd_avx512.h. */
INLINE vi vi_dot_bytes(vi sum, vi w, vi x) {
  __asm__(VNNI_ENCODING " vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(w), "x"(x));
  return sum;
}
INLINE vi vi_dot_nibbles(vi sum, vi w, vi x) { return vi_dot_bytes(sum, w, x); }
#else
#define PACKED_TILE_ROWS 2
#define INT8_ZERO 0 /* bytes are stored signed: 255 * 127 * 2 would not fit VPMADDUBSW's 16 bits */
INLINE vi vi_dot_nibbles(vi sum, vi w, vi x) {
  return vi_add(sum, vi_mul16(_mm256_maddubs_epi16(w, x), _mm256_set1_epi16(1)));
}
INLINE vi vi_dot_bytes(vi sum, vi w, vi x) {
  return vi_dot_nibbles(sum, _mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
}
#endif
INLINE vi vi_widen(const uint8_t *p) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p));
}
INLINE vi vi_of(vf v) { return _mm256_cvtps_epi32(v); }
INLINE vf vf_of(vi v) { return _mm256_cvtepi32_ps(v); }
INLINE void vi_store_bytes(int8_t *p, vi v) {
  __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
  _mm_storel_epi64((__m128i *)(void *)p, _mm_packs_epi16(words, words));
}
