/*
 * embed: out[t] = table[ids[t]] * scale, [rows, columns] from [vocab, columns].
 * gather_rows: out[i] = x[indices[i]].
 * Rows are split over threads.
 */
#include <string.h>

#include "pool.h"
#include "storage.h"

typedef struct {
  float *out;
  int64_t out_stride;
  const void *table;
  int32_t type;
  int64_t table_stride;
  const int32_t *ids;
  int64_t columns;
  float scale;
} embed_call;

static void embed_rows(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const embed_call *call = context;
  vf scale = vf_set1(call->scale);
  for (int64_t t = from; t < to; t++) {
    const void *row = storage_at(call->table, call->type, call->ids[t] * call->table_stride);
    float *out = call->out + t * call->out_stride;
    int64_t i = 0;
    for (; i + VW <= call->columns; i += VW) {
      vf_store(out + i, vf_mul(storage_load(row, call->type, i), scale));
    }
    int64_t rest = call->columns - i;
    if (rest > 0) {
      vf_store_n(out + i, vf_mul(storage_load_n(row, call->type, i, rest), scale), rest);
    }
  }
}

int32_t gatun_cpu_embed(gatun_pool *pool, float *out, int64_t out_stride, const void *table,
                        int32_t table_type, int64_t table_stride, const int32_t *ids, int64_t rows,
                        int64_t columns, float scale) {
  if (!is_storage(table_type) || rows < 0 || columns < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  embed_call call = {out, out_stride, table, table_type, table_stride, ids, columns, scale};
  pool_run(pool, embed_rows, &call, rows, rows_grain(columns));
  return GATUN_OK;
}

typedef struct {
  float *out;
  int64_t out_stride;
  const float *x;
  int64_t x_stride;
  const int32_t *indices;
  int64_t columns;
} gather_call;

static void gather(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const gather_call *call = context;
  for (int64_t i = from; i < to; i++) {
    memcpy(call->out + i * call->out_stride, call->x + call->indices[i] * call->x_stride,
           (size_t)call->columns * sizeof(float));
  }
}

int32_t gatun_cpu_gather_rows(gatun_pool *pool, float *out, int64_t out_stride, const float *x,
                              int64_t x_stride, const int32_t *indices, int64_t rows,
                              int64_t columns) {
  if (rows < 0 || columns < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  gather_call call = {out, out_stride, x, x_stride, indices, columns};
  pool_run(pool, gather, &call, rows, rows_grain(columns));
  return GATUN_OK;
}
