/*
 * rms_norm:     out = x / sqrt(mean(x^2) + eps) * (weight + offset), per row of [rows, columns]
 * add_rms_norm: residual += x, out = rms_norm(residual); the sum is read back from cache
 * qk_norm:      rms_norm over each head of [rows, num_heads * head_dim] in place
 * layer_norm:   out = (x - mean) / sqrt(variance + eps) * weight + bias, two passes, so that a
 *               large mean does not cancel the variance away
 *
 * Sums have one vector of lanes, in order of columns. Rows are split over threads.
 */
#include <math.h>

#include "pool.h"
#include "storage.h"

typedef struct {
  float *out;
  int64_t out_stride;
  float *residual; /* null without an addition */
  int64_t residual_stride;
  const float *x;
  int64_t x_stride;
  const void *weight;
  int32_t weight_type;
  const void *bias;
  int32_t bias_type;
  int64_t columns;
  int64_t num_heads;
  float offset;
  float eps;
} norm_call;

static float inverse_root(float value) { return (float)(1.0 / sqrt((double)value)); }

/* Sum of (x - mean)^2. */
static float sum_squares(const float *x, int64_t columns, float mean) {
  vf sum = vf_zero();
  int64_t i = 0;
  for (; i + VW <= columns; i += VW) {
    vf v = vf_sub(vf_load(x + i), vf_set1(mean));
    sum = vf_fma(v, v, sum);
  }
  float rest = 0;
  for (; i < columns; i++) {
    rest += (x[i] - mean) * (x[i] - mean);
  }
  return vf_sum(sum) + rest;
}

static float sum_of(const float *x, int64_t columns) {
  vf sum = vf_zero();
  int64_t i = 0;
  for (; i + VW <= columns; i += VW) {
    sum = vf_add(vf_load(x + i), sum);
  }
  float rest = 0;
  for (; i < columns; i++) {
    rest += x[i];
  }
  return vf_sum(sum) + rest;
}

static void add_to(float *residual, const float *x, int64_t columns) {
  int64_t i = 0;
  for (; i + VW <= columns; i += VW) {
    vf_store(residual + i, vf_add(vf_load(residual + i), vf_load(x + i)));
  }
  for (; i < columns; i++) {
    residual[i] += x[i];
  }
}

static void normalize(const norm_call *call, float *out, const float *x) {
  float scale = inverse_root(sum_squares(x, call->columns, 0) / (float)call->columns + call->eps);
  vf scales = vf_set1(scale);
  vf offset = vf_set1(call->offset);
  int64_t i = 0;
  for (; i + VW <= call->columns; i += VW) {
    vf factor = vf_add(storage_load(call->weight, call->weight_type, i), offset);
    vf_store(out + i, vf_mul(vf_mul(vf_load(x + i), scales), factor));
  }
  int64_t rest = call->columns - i;
  if (rest > 0) {
    vf factor = vf_add(storage_load_n(call->weight, call->weight_type, i, rest), offset);
    vf_store_n(out + i, vf_mul(vf_mul(vf_load_n(x + i, rest), scales), factor), rest);
  }
}

static void rms_rows(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const norm_call *call = context;
  for (int64_t t = from; t < to; t++) {
    const float *x = call->x + t * call->x_stride;
    if (call->residual != NULL) {
      float *residual = call->residual + t * call->residual_stride;
      add_to(residual, x, call->columns);
      x = residual;
    }
    float *out = call->out + t * call->out_stride;
    for (int64_t head = 0; head < call->num_heads; head++) {
      normalize(call, out + head * call->columns, x + head * call->columns);
    }
  }
}

static int32_t run_rms(gatun_pool *pool, norm_call *call, int64_t rows) {
  if (!is_storage(call->weight_type) || rows < 0 || call->columns < 1) {
    return GATUN_INVALID_ARGUMENT;
  }
  pool_run(pool, rms_rows, call, rows, rows_grain(call->columns * call->num_heads));
  return GATUN_OK;
}

int32_t gatun_cpu_rms_norm(gatun_pool *pool, float *out, int64_t out_stride, const float *x,
                           int64_t x_stride, const void *weight, int32_t weight_type, int64_t rows,
                           int64_t columns, float weight_offset, float eps) {
  norm_call call = {.out = out, .out_stride = out_stride, .x = x, .x_stride = x_stride,
                    .weight = weight, .weight_type = weight_type, .columns = columns,
                    .num_heads = 1, .offset = weight_offset, .eps = eps};
  return run_rms(pool, &call, rows);
}

int32_t gatun_cpu_add_rms_norm(gatun_pool *pool, float *out, int64_t out_stride, float *residual,
                               int64_t residual_stride, const float *x, int64_t x_stride,
                               const void *weight, int32_t weight_type, int64_t rows,
                               int64_t columns, float weight_offset, float eps) {
  norm_call call = {.out = out, .out_stride = out_stride, .residual = residual,
                    .residual_stride = residual_stride, .x = x, .x_stride = x_stride,
                    .weight = weight, .weight_type = weight_type, .columns = columns,
                    .num_heads = 1, .offset = weight_offset, .eps = eps};
  return run_rms(pool, &call, rows);
}

int32_t gatun_cpu_qk_norm(gatun_pool *pool, float *heads, int64_t stride, const void *weight,
                          int32_t weight_type, int64_t rows, int64_t num_heads, int64_t head_dim,
                          float weight_offset, float eps) {
  norm_call call = {.out = heads, .out_stride = stride, .x = heads, .x_stride = stride,
                    .weight = weight, .weight_type = weight_type, .columns = head_dim,
                    .num_heads = num_heads, .offset = weight_offset, .eps = eps};
  return run_rms(pool, &call, rows);
}

static void layer_rows(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const norm_call *call = context;
  int64_t columns = call->columns;
  for (int64_t t = from; t < to; t++) {
    const float *x = call->x + t * call->x_stride;
    float *out = call->out + t * call->out_stride;
    float mean = sum_of(x, columns) / (float)columns;
    float scale = inverse_root(sum_squares(x, columns, mean) / (float)columns + call->eps);
    for (int64_t i = 0; i < columns; i += VW) {
      int64_t n = columns - i;
      int is_whole = n >= VW;
      vf v = is_whole ? vf_load(x + i) : vf_load_n(x + i, n);
      vf w = is_whole ? storage_load(call->weight, call->weight_type, i)
                      : storage_load_n(call->weight, call->weight_type, i, n);
      v = vf_mul(vf_mul(vf_sub(v, vf_set1(mean)), vf_set1(scale)), w);
      if (call->bias != NULL) {
        v = vf_add(v, is_whole ? storage_load(call->bias, call->bias_type, i)
                               : storage_load_n(call->bias, call->bias_type, i, n));
      }
      if (is_whole) {
        vf_store(out + i, v);
      } else {
        vf_store_n(out + i, v, n);
      }
    }
  }
}

int32_t gatun_cpu_layer_norm(gatun_pool *pool, float *out, int64_t out_stride, const float *x,
                             int64_t x_stride, const void *weight, int32_t weight_type,
                             const void *bias, int32_t bias_type, int64_t rows, int64_t columns,
                             float eps) {
  if (!is_storage(weight_type) || !is_storage(bias_type) || rows < 0 || columns < 1) {
    return GATUN_INVALID_ARGUMENT;
  }
  norm_call call = {.out = out, .out_stride = out_stride, .x = x, .x_stride = x_stride,
                    .weight = weight, .weight_type = weight_type, .bias = bias,
                    .bias_type = bias_type, .columns = columns, .num_heads = 1, .eps = eps};
  pool_run(pool, layer_rows, &call, rows, rows_grain(columns));
  return GATUN_OK;
}
