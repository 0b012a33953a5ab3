/*
 * rope: half-split rotation in place. With half = rotary_dim / 2 and c, s the two halves of
 * cos_sin[position]: (x[i], x[i + half]) becomes (x[i] c[i] - x[i + half] s[i],
 * x[i + half] c[i] + x[i] s[i]) in each head of [rows, num_heads * head_dim].
 * Rows are split over threads.
 */
#include "pool.h"
#include "storage.h"

typedef struct {
  float *heads;
  int64_t stride;
  const int32_t *positions;
  const float *cos_sin;
  int64_t cos_sin_stride;
  int64_t num_heads;
  int64_t head_dim;
  int64_t half;
} rope_call;

static void rotate_head(float *head, const float *angles, int64_t half) {
  int64_t i = 0;
  for (; i + VW <= half; i += VW) {
    vf c = vf_load(angles + i);
    vf s = vf_load(angles + half + i);
    vf a = vf_load(head + i);
    vf b = vf_load(head + half + i);
    vf_store(head + i, vf_sub(vf_mul(a, c), vf_mul(b, s)));
    vf_store(head + half + i, vf_add(vf_mul(b, c), vf_mul(a, s)));
  }
  for (; i < half; i++) {
    float a = head[i];
    float b = head[half + i];
    head[i] = a * angles[i] - b * angles[half + i];
    head[half + i] = b * angles[i] + a * angles[half + i];
  }
}

static void rope_rows(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const rope_call *call = context;
  for (int64_t t = from; t < to; t++) {
    const float *angles = call->cos_sin + call->positions[t] * call->cos_sin_stride;
    float *row = call->heads + t * call->stride;
    for (int64_t head = 0; head < call->num_heads; head++) {
      rotate_head(row + head * call->head_dim, angles, call->half);
    }
  }
}

int32_t gatun_cpu_rope(gatun_pool *pool, float *heads, int64_t stride, const int32_t *positions,
                       const float *cos_sin, int64_t cos_sin_stride, int64_t rows,
                       int64_t num_heads, int64_t head_dim, int64_t rotary_dim) {
  if (rows < 0 || num_heads < 0 || rotary_dim < 0 || rotary_dim % 2 != 0 ||
      rotary_dim > head_dim) {
    return GATUN_INVALID_ARGUMENT;
  }
  rope_call call = {heads, stride, positions, cos_sin, cos_sin_stride,
                    num_heads, head_dim, rotary_dim / 2};
  pool_run(pool, rope_rows, &call, rows, rows_grain(num_heads * head_dim));
  return GATUN_OK;
}
