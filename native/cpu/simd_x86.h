/* simd.h for x86-64: which vectors, and the sums of their last four lanes. */
#include <immintrin.h>

#define VECTOR_REGISTER "x" /* in constraints of inline assembler */

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

INLINE void vf_store_sum4(float *p, vf a, vf b, vf c, vf d) {
  __m128 two = _mm_hadd_ps(vf_fold(a), vf_fold(b));
  _mm_storeu_ps(p, _mm_hadd_ps(two, _mm_hadd_ps(vf_fold(c), vf_fold(d))));
}
