/*
 * activation:       out = f(x), [rows, columns]
 * gated_activation: out = f(gate) * up, gate_up [rows, 2 * columns]
 * add:              out = a + b
 *
 *   silu       x / (1 + exp(-x))
 *   gelu       x / 2 (1 + erf(x / sqrt 2)); 1 - erf by Abramowitz and Stegun 7.1.26, which is off
 *              by 1.5e-7 at most, so that gelu loses at most 0.8e-7 |x| by it
 *   gelu_tanh  x / 2 (1 + tanh(u)) = x / (1 + exp(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3)
 *   relu       max(x, 0)
 *
 * Rows are split over threads.
 */
#include "pool.h"
#include "simd_math.h"
#include "storage.h"

INLINE vf over_one_plus_exp(vf x, vf exponent) {
  return vf_div(x, vf_add(vf_set1(1.0f), vf_exp(exponent)));
}

INLINE vf gelu(vf x) {
  vf z = vf_mul(vf_abs(x), vf_set1(0.70710678118654752f));
  vf t = vf_div(vf_set1(1.0f), vf_fma(z, vf_set1(0.3275911f), vf_set1(1.0f)));
  vf p = vf_set1(1.061405429f);
  p = vf_fma(p, t, vf_set1(-1.453152027f));
  p = vf_fma(p, t, vf_set1(1.421413741f));
  p = vf_fma(p, t, vf_set1(-0.284496736f));
  p = vf_fma(p, t, vf_set1(0.254829592f));
  vf q = vf_mul(vf_mul(p, t), vf_exp(vf_sub(vf_zero(), vf_mul(z, z)))); /* 1 - erf(z) */
  vf twice = vf_select_lt(x, vf_zero(), q, vf_sub(vf_set1(2.0f), q));
  return vf_mul(vf_mul(vf_set1(0.5f), x), twice);
}

INLINE vf apply(int32_t kind, vf x) {
  switch (kind) {
    case GATUN_SILU:
      return over_one_plus_exp(x, vf_sub(vf_zero(), x));
    case GATUN_GELU:
      return gelu(x);
    case GATUN_GELU_TANH: {
      vf cube = vf_mul(vf_mul(x, x), x);
      vf u = vf_fma(cube, vf_set1(0.044715f), x);
      return over_one_plus_exp(x, vf_mul(u, vf_set1(-1.5957691216057308f)));
    }
    default:
      return vf_max(vf_zero(), x);
  }
}

typedef struct {
  float *out;
  int64_t out_stride;
  const float *x;
  int64_t x_stride;
  const float *other; /* what is multiplied (up) or added (b), or null */
  int64_t other_stride;
  int64_t columns;
} elementwise_call;

#define ADDITION (-1)

INLINE vf compute(int32_t kind, int has_other, vf x, vf other) {
  if (kind == ADDITION) {
    return vf_add(x, other);
  }
  return has_other ? vf_mul(apply(kind, x), other) : apply(kind, x);
}

INLINE void run_rows(const elementwise_call *call, int32_t kind, int has_other, int64_t from,
                     int64_t to) {
  for (int64_t t = from; t < to; t++) {
    float *out = call->out + t * call->out_stride;
    const float *x = call->x + t * call->x_stride;
    const float *other = has_other ? call->other + t * call->other_stride : x;
    int64_t i = 0;
    for (; i + VW <= call->columns; i += VW) {
      vf_store(out + i, compute(kind, has_other, vf_load(x + i), vf_load(other + i)));
    }
    int64_t rest = call->columns - i;
    if (rest > 0) {
      vf tail = compute(kind, has_other, vf_load_n(x + i, rest), vf_load_n(other + i, rest));
      vf_store_n(out + i, tail, rest);
    }
  }
}

/* One function per kind, so that the choice is made per call and not per vector. */
#define ROWS_OF(name, kind, has_other)                                             \
  static void name(void *context, int32_t worker, int64_t from, int64_t to) {      \
    (void)worker;                                                                  \
    run_rows(context, kind, has_other, from, to);                                  \
  }

ROWS_OF(silu_rows, GATUN_SILU, 0)
ROWS_OF(gelu_rows, GATUN_GELU, 0)
ROWS_OF(gelu_tanh_rows, GATUN_GELU_TANH, 0)
ROWS_OF(relu_rows, GATUN_RELU, 0)
ROWS_OF(gated_silu_rows, GATUN_SILU, 1)
ROWS_OF(gated_gelu_rows, GATUN_GELU, 1)
ROWS_OF(gated_gelu_tanh_rows, GATUN_GELU_TANH, 1)
ROWS_OF(gated_relu_rows, GATUN_RELU, 1)
ROWS_OF(add_rows, ADDITION, 1)

int32_t gatun_cpu_gated_activation(gatun_pool *pool, float *out, int64_t out_stride,
                                   const float *gate_up, int64_t gate_up_stride, int64_t rows,
                                   int64_t columns, int32_t kind) {
  static const gatun_task tasks[] = {gated_silu_rows, gated_gelu_rows, gated_gelu_tanh_rows,
                                     gated_relu_rows};
  if (kind < GATUN_SILU || kind > GATUN_RELU || rows < 0 || columns < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  elementwise_call call = {out, out_stride, gate_up, gate_up_stride,
                           gate_up + columns, gate_up_stride, columns};
  pool_run(pool, tasks[kind], &call, rows, rows_grain(4 * columns));
  return GATUN_OK;
}

int32_t gatun_cpu_activation(gatun_pool *pool, float *out, int64_t out_stride, const float *x,
                             int64_t x_stride, int64_t rows, int64_t columns, int32_t kind) {
  static const gatun_task tasks[] = {silu_rows, gelu_rows, gelu_tanh_rows, relu_rows};
  if (kind < GATUN_SILU || kind > GATUN_RELU || rows < 0 || columns < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  elementwise_call call = {out, out_stride, x, x_stride, NULL, 0, columns};
  pool_run(pool, tasks[kind], &call, rows, rows_grain(4 * columns));
  return GATUN_OK;
}

int32_t gatun_cpu_add(gatun_pool *pool, float *out, int64_t out_stride, const float *a,
                      int64_t a_stride, const float *b, int64_t b_stride, int64_t rows,
                      int64_t columns) {
  if (rows < 0 || columns < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  elementwise_call call = {out, out_stride, a, a_stride, b, b_stride, columns};
  pool_run(pool, add_rows, &call, rows, rows_grain(columns));
  return GATUN_OK;
}
