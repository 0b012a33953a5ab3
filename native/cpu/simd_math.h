/*
 * exp and friends on vectors. An element's result depends on its value alone, never on its lane.
 *
 * vf_exp: n = round(x log2 e), r = x - n ln 2 in two parts, a polynomial of degree 7 in r (the
 * coefficients are those of Cephes' expf), times 2^n. Relative error below 2.5e-7 (checked by
 * native/test/check.c over its range); 0 below -87.33, 1.7e38 above 88.02, NaN for NaN.
 */
#ifndef GATUN_SIMD_MATH_H
#define GATUN_SIMD_MATH_H

#include "simd.h"

INLINE vf vf_exp(vf x) {
  vf bounded = vf_max(vf_set1(-87.33f), vf_min(vf_set1(88.02f), x));
  vf n = vf_round(vf_mul(bounded, vf_set1(1.44269504088896341f)));
  vf r = vf_fma(n, vf_set1(-0.693359375f), bounded);
  r = vf_fma(n, vf_set1(2.12194440e-4f), r);
  vf p = vf_set1(1.9875691500e-4f);
  p = vf_fma(p, r, vf_set1(1.3981999507e-3f));
  p = vf_fma(p, r, vf_set1(8.3334519073e-3f));
  p = vf_fma(p, r, vf_set1(4.1665795894e-2f));
  p = vf_fma(p, r, vf_set1(1.6666665459e-1f));
  p = vf_fma(p, r, vf_set1(5.0000001201e-1f));
  p = vf_add(vf_fma(p, vf_mul(r, r), r), vf_set1(1.0f));
  return vf_select_lt(x, vf_set1(-87.33f), vf_zero(), vf_mul(p, vf_pow2(n)));
}

/*
 * tanh: below 0.625 an odd polynomial (Cephes' tanhf), above it 1 - 2 / (exp(2 |x|) + 1). Relative
 * error below 4e-7.
 */
INLINE vf vf_tanh(vf x) {
  vf z = vf_mul(x, x);
  vf p = vf_set1(-5.70498872745e-3f);
  p = vf_fma(p, z, vf_set1(2.06390887954e-2f));
  p = vf_fma(p, z, vf_set1(-5.37397155531e-2f));
  p = vf_fma(p, z, vf_set1(1.33314422036e-1f));
  p = vf_fma(p, z, vf_set1(-3.33332819422e-1f));
  vf small = vf_fma(vf_mul(p, z), x, x);
  vf size = vf_abs(x);
  vf e = vf_exp(vf_add(size, size));
  vf large = vf_sub(vf_set1(1.0f), vf_div(vf_set1(2.0f), vf_add(e, vf_set1(1.0f))));
  large = vf_select_lt(x, vf_zero(), vf_sub(vf_zero(), large), large);
  return vf_select_lt(size, vf_set1(0.625f), small, large);
}

#endif
