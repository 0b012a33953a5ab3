/*
 * store_kv: writes k and v, [rows, row_length], to the slots of a paged cache
 * [num_blocks, block_size, row_length], rounded to its type. Rows are split over threads; two rows
 * never share a slot.
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
  int64_t row_length;
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

static void store_row(const store_call *call, void *cache, int64_t at, const float *row) {
  if (call->type == GATUN_F32) {
    memcpy((float *)cache + at, row, (size_t)call->row_length * sizeof(float));
  } else if (call->type == GATUN_F16) {
    store_typed_row(cache, GATUN_F16, at, row, call->row_length);
  } else {
    store_typed_row(cache, GATUN_BF16, at, row, call->row_length);
  }
}

static void store_rows(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const store_call *call = context;
  for (int64_t t = from; t < to; t++) {
    int64_t block = call->slots[t] / call->block_size;
    int64_t offset = call->slots[t] % call->block_size;
    int64_t at = block * call->block_stride + offset * call->row_length;
    store_row(call, call->keys, at, call->k + t * call->k_stride);
    store_row(call, call->values, at, call->v + t * call->v_stride);
  }
}

int32_t gatun_cpu_store_kv(gatun_pool *pool, void *keys, void *values, int32_t kv_type,
                           int64_t block_stride, int64_t block_size, const float *k,
                           int64_t k_stride, const float *v, int64_t v_stride,
                           const int32_t *slots, int64_t rows, int64_t row_length) {
  if (!is_storage(kv_type) || block_size < 1 || rows < 0 || row_length < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  store_call call = {keys, values, kv_type, block_stride, block_size, k,
                     k_stride, v, v_stride, slots, row_length};
  pool_run(pool, store_rows, &call, rows, rows_grain(row_length));
  return GATUN_OK;
}
