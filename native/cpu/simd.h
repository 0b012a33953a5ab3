/*
 * Vectors of VW floats: the few operations that kernels are written in, once per instruction set.
 * Another one (SVE) is one more file beside these and a line here.
 *
 * vf_store_bf16 and vf_store_f16 round to nearest-even; a NaN stays a NaN.
 *
 * `_n` forms read or write the first n elements, 0 < n < VW; missing elements read as 0. In vf_max
 * and vf_min the second operand is returned when either is NaN. vf_sum folds halves down to four
 * lanes and adds (l0 + l1) + (l2 + l3); vf_store_sum4 writes the same bits for four vectors.
 * vf_largest is the largest lane of those without NaN; vf_transpose swaps rows and columns of VW
 * vectors.
 *
 * A vi is VW 32-bit integers, or 4 VW bytes. vi_dot_* add to each integer the four products of its
 * bytes in w with those in x, exactly; x holds [-127, 127], w signed or unsigned bytes as INT8_ZERO
 * says, or nibbles. vi_mul16 multiplies low halves where one side's high halves are 0. vi_of
 * rounds to nearest-even.
 *
 * With PACKED_PAIRS vi_dot_pairs adds the products of a pair of 8 bytes in x with one in w, both
 * signed: x0 w0, x0 w1, x1 w0, x1 w1; vi_low_halves and vi_high_halves join halves of two.
 *
 * A vh is 2 VW BF16 values. vf_dot_bf16 adds their products to the lanes, in which order is the
 * instruction set's affair. With HAS_BF16_PAIRS there is vf_dot_pairs in its place: as vi_dot_pairs
 * over pairs of 4 BF16, with halves joined likewise.
 */
#ifndef GATUN_SIMD_H
#define GATUN_SIMD_H

#include <stdint.h>

#include "half.h"

#define CACHE_LINE 64

#define INLINE static inline __attribute__((always_inline))

#if defined(__aarch64__)
#include <arm_neon.h>

#include "simd_neon.h"
#else
#include "simd_x86.h"
#endif

/* Whether packed weights and rows lie two by two, for products of 2 x 8 by 8 x 2 bytes. */
#ifndef PACKED_PAIRS
#define PACKED_PAIRS 0
#endif
#ifndef HAS_BF16_PAIRS
#define HAS_BF16_PAIRS 0
#endif
#ifndef HAS_AMX
#define HAS_AMX 0
#endif

#ifndef HAS_BF16_DOT
#define HAS_BF16_DOT 0
/* The same sums by widening. */
typedef struct {
  vf low;
  vf high;
} vh;
INLINE vh vh_load(const uint16_t *p) { return (vh){vf_load_bf16(p), vf_load_bf16(p + VW)}; }
INLINE vf vf_dot_bf16(vf sum, vh a, vh b) {
  return vf_fma(a.high, b.high, vf_fma(a.low, b.low, sum));
}
#endif

#endif
