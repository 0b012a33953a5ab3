/*
 * Vectors of VW floats: the few operations that kernels are written in, once per instruction set.
 * Another one (NEON, SVE) is one more file beside these three and a line here.
 *
 * vf_store_bf16 and vf_store_f16 round to nearest-even; a NaN stays a NaN.
 *
 * `_n` forms read or write the first n elements, 0 < n < VW; missing elements read as 0. In vf_max
 * and vf_min the second operand is returned when either is NaN. vf_sum folds halves down to four
 * lanes and adds (l0 + l1) + (l2 + l3); vf_sum4 gives the same bits for four vectors at once.
 * vf_largest is the largest lane of those without NaN; vf_transpose swaps rows and columns of VW
 * vectors.
 *
 * A vi is VW 32-bit integers, or 4 VW bytes. vi_dot_* add to each integer the four products of its
 * bytes in w with those in x, exactly; x holds [-127, 127], w signed or unsigned bytes as INT8_ZERO
 * says, or nibbles. vi_mul16 multiplies low halves where one side's high halves are 0. vi_of
 * rounds to nearest-even.
 */
#ifndef GATUN_SIMD_H
#define GATUN_SIMD_H

#include <immintrin.h>
#include <stdint.h>

#include "half.h"

#define INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
#include "simd_avx512.h"
#elif defined(__AVX2__)
#include "simd_avx2.h"
#else
#include "simd_sse4.h"
#endif

INLINE float vf_sum(vf v) {
  __m128 four = vf_fold(v);
  four = _mm_hadd_ps(four, four);
  return _mm_cvtss_f32(_mm_hadd_ps(four, four));
}

INLINE __m128 vf_sum4(vf a, vf b, vf c, vf d) {
  return _mm_hadd_ps(_mm_hadd_ps(vf_fold(a), vf_fold(b)), _mm_hadd_ps(vf_fold(c), vf_fold(d)));
}

#endif
