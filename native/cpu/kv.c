/*
 * store_kv: writes k and v, [rows, num_kv_heads * head_dim], to the slots of a paged cache
 * [num_blocks, block_size, num_kv_heads, head_dim], rounded to its type. Bytes have a scale per
 * head: a 127th of the largest element, so that all lie in [-127, 127]. Rows are split over
 * threads; two rows never share a slot.
 */
#include <string.h>

#include "pool.h"
#include "storage.h"

typedef struct {
  void *keys;
  void *values;
  int32_t type;
  int64_t block_stride;
  int64_t block_size;
  const float *k;
  int64_t k_stride;
  const float *v;
  int64_t v_stride;
  const int32_t *slots;
  int64_t num_kv_heads;
  int64_t head_dim;
} store_call;

INLINE void store_typed_row(void *cache, int32_t type, int64_t at, const float *row,
                            int64_t length) {
  int64_t i = 0;
  for (; i + VW <= length; i += VW) {
    storage_store(cache, type, at + i, vf_load(row + i));
  }
  for (; i < length; i++) {
    storage_set(cache, type, at + i, row[i]);
  }
}

/* Heads whose largest element is smaller count as zeros: their scale has no inverse. */
#define SMALLEST_LARGEST 0x1p-100f

static void store_byte_head(int8_t *out, const float *head, int64_t head_dim) {
  vf maxima = vf_zero();
  vf zeros = vf_zero(); /* NaN if any element is not finite */
  for (int64_t i = 0; i < head_dim; i += VW) {
    int64_t n = head_dim - i;
    vf x = n >= VW ? vf_load(head + i) : vf_load_n(head + i, n);
    maxima = vf_max(vf_abs(x), maxima);
    zeros = vf_fma(x, vf_zero(), zeros);
  }
  float largest = vf_largest(maxima);
  largest = largest < SMALLEST_LARGEST ? 0 : largest;
  float scale = largest / 127 + vf_sum(zeros);
  vf inverse = vf_set1(largest == 0 ? 0 : 127 / largest);
  for (int64_t i = 0; i < head_dim; i += VW) {
    int64_t n = head_dim - i;
    if (n >= VW) {
      vi_store_bytes(out + i, vi_of(vf_mul(vf_load(head + i), inverse)));
    } else {
      int8_t bytes[VW];
      vi_store_bytes(bytes, vi_of(vf_mul(vf_load_n(head + i, n), inverse)));
      memcpy(out + i, bytes, (size_t)n);
    }
  }
  memcpy(out + head_dim, &scale, sizeof scale);
}

static void store_row(const store_call *call, void *cache, int64_t at, const float *row) {
  int64_t length = call->num_kv_heads * call->head_dim;
  if (call->type == GATUN_F32) {
    memcpy((float *)cache + at, row, (size_t)length * sizeof(float));
  } else if (call->type == GATUN_F16) {
    store_typed_row(cache, GATUN_F16, at, row, length);
  } else if (call->type == GATUN_BF16) {
    store_typed_row(cache, GATUN_BF16, at, row, length);
  } else {
    for (int64_t head = 0; head < call->num_kv_heads; head++) {
      store_byte_head((int8_t *)cache + at + head * head_width(GATUN_I8, call->head_dim),
                      row + head * call->head_dim, call->head_dim);
    }
  }
}

static void store_rows(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const store_call *call = context;
  int64_t width = call->num_kv_heads * head_width(call->type, call->head_dim);
  for (int64_t t = from; t < to; t++) {
    int64_t block = call->slots[t] / call->block_size;
    int64_t offset = call->slots[t] % call->block_size;
    int64_t at = block * call->block_stride + offset * width;
    store_row(call, call->keys, at, call->k + t * call->k_stride);
    store_row(call, call->values, at, call->v + t * call->v_stride);
  }
}

int32_t gatun_cpu_store_kv(gatun_pool *pool, void *keys, void *values, int32_t kv_type,
                           int64_t block_stride, int64_t block_size, const float *k,
                           int64_t k_stride, const float *v, int64_t v_stride,
                           const int32_t *slots, int64_t rows, int64_t num_kv_heads,
                           int64_t head_dim) {
  if (!is_cache_type(kv_type) || block_size < 1 || rows < 0 || num_kv_heads < 1 ||
      head_dim < 1) {
    return GATUN_INVALID_ARGUMENT;
  }
  store_call call = {keys, values, kv_type, block_stride, block_size, k,
                     k_stride, v, v_stride, slots, num_kv_heads, head_dim};
  pool_run(pool, store_rows, &call, rows, rows_grain(num_kv_heads * head_dim));
  return GATUN_OK;
}
