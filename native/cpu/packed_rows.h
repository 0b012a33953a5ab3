/*
 * Rows of x on their way into packed_linear: rounded to bytes, chunk by chunk, in the workspace.
 *
 * A row's bytes lie in order, or with PACKED_PAIRS those of two rows in turns, 8 bytes of each, as
 * SMMLA takes them: of every 16 columns first 0-3 and 8-11, then 4-7 and 12-15, see packed.h.
 */
#ifndef GATUN_PACKED_ROWS_H
#define GATUN_PACKED_ROWS_H

#include <math.h>

#include "packed.h"

/* Bytes of rounded rows that leave room in L2 for a panel of weights. */
#define WORKSPACE_BYTES (768 << 10)
#define MIN_BLOCK_ROWS 24
#define MAX_BLOCK_ROWS 256
/* Blocks of rows are multiples of it where there are that many; pairs must not be cut. */
#define PACKED_ROWS_UNIT (PACKED_PAIRS ? 2 : HAS_AMX ? 16 : 1)

/* Below it a chunk counts as zeros: 127 / 1e-30 is still finite. */
#define SMALLEST 1e-30f

typedef struct {
  const float *x;
  int64_t x_stride;
  const int32_t *columns;
  int64_t in_features;
  int64_t chunk;
  int64_t chunks;
  int8_t *bytes; /* [rows][byte_stride] */
  int64_t byte_stride;
  float *scales;  /* [rows][chunks] */
  int32_t *minus; /* [rows][chunks]: minus the sum of the bytes of a chunk */
} rounded_rows;

/* One chunk of a row in order, zeros where columns are missing. */
INLINE const float *chunk_of(const rounded_rows *r, const float *row, int64_t place,
                             float *buffer) {
  int64_t left = r->in_features - place;
  if (r->columns == NULL && left >= r->chunk) {
    return row + place;
  }
  for (int64_t i = 0; i < r->chunk; i++) {
    int64_t column = r->columns != NULL ? r->columns[place + i] : i < left ? place + i : -1;
    buffer[i] = column < 0 ? 0.0f : row[column];
  }
  return buffer;
}

/* Where a row's chunk begins that starts at column `place`. */
INLINE int8_t *bytes_at(const rounded_rows *r, int64_t row, int64_t place) {
  return PACKED_PAIRS ? r->bytes + (row & ~1) * r->byte_stride + 2 * place + (row & 1) * 8
                      : r->bytes + row * r->byte_stride + place;
}

/* Bytes in order to those of one row of a pair. */
INLINE void spread_pair(int8_t *to, const int8_t *bytes, int64_t chunk) {
  for (int64_t i = 0; i < chunk; i += 4) {
    memcpy(to + i / 16 * 32 + i / 4 % 2 * 16 + i / 8 % 2 * 4, bytes + i, 4);
  }
}

/* A chunk that holds a NaN or an infinity has the scale NaN, and makes the row's results NaN. */
static void round_chunk(const float *x, int64_t chunk, int8_t *bytes, float *scale,
                        int32_t *minus) {
  vf largest = vf_zero();
  vf nothing = vf_zero();
  for (int64_t i = 0; i < chunk; i += VW) {
    vf v = vf_load(x + i);
    largest = vf_max(vf_abs(v), largest);
    nothing = vf_fma(v, vf_zero(), nothing);
  }
  float lanes[VW];
  vf_store(lanes, largest);
  float top = 0;
  for (int i = 0; i < VW; i++) {
    top = lanes[i] > top ? lanes[i] : top;
  }
  float check = vf_sum(nothing);
  if (check != check || top < SMALLEST) {
    memset(bytes, 0, (size_t)chunk);
    *scale = check != check ? NAN : 0.0f;
    *minus = 0;
    return;
  }
  vf factor = vf_set1(127.0f / top);
  vi sum = vi_set1(0);
  for (int64_t i = 0; i < chunk; i += VW) {
    vi steps = vi_of(vf_mul(vf_load(x + i), factor));
    vi_store_bytes(bytes + i, steps);
    sum = vi_add(sum, steps);
  }
  int32_t sums[VW];
  memcpy(sums, &sum, sizeof sums);
  int32_t total = 0;
  for (int i = 0; i < VW; i++) {
    total += sums[i];
  }
  *scale = top / 127.0f;
  *minus = -total;
}

static void round_rows(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const rounded_rows *r = context;
  float buffer[MAX_CHUNK];
  int8_t ordered[MAX_CHUNK];
  for (int64_t row = from; row < to; row++) {
    const float *x = r->x + row * r->x_stride;
    for (int64_t c = 0; c < r->chunks; c++) {
      const float *values = chunk_of(r, x, c * r->chunk, buffer);
      int8_t *bytes = bytes_at(r, row, c * r->chunk);
      round_chunk(values, r->chunk, PACKED_PAIRS ? ordered : bytes, r->scales + row * r->chunks + c,
                  r->minus + row * r->chunks + c);
      if (PACKED_PAIRS) {
        spread_pair(bytes, ordered, r->chunk);
      }
    }
  }
}

static int64_t row_bytes(int64_t in_features, int64_t chunk) {
  int64_t chunks = (in_features + chunk - 1) / chunk;
  /* 64 more, so that the rows of a tile do not fall into the same sets of L1. */
  return round_up(chunks * chunk, 64) + 64 + chunks * 8;
}

/* Places rounded rows in the workspace; returns how many it takes. */
static int64_t place_rows(rounded_rows *r, char *workspace, int64_t bytes) {
  int64_t rows = bytes / row_bytes(r->in_features, r->chunk);
  rows = rows > MAX_BLOCK_ROWS ? MAX_BLOCK_ROWS : rows;
  rows -= rows % (rows < PACKED_ROWS_UNIT && !PACKED_PAIRS ? 1 : PACKED_ROWS_UNIT);
  r->byte_stride = round_up(r->chunks * r->chunk, 64) + 64;
  r->bytes = (int8_t *)workspace;
  r->scales = (float *)(void *)(workspace + rows * r->byte_stride);
  r->minus = (int32_t *)(void *)(r->scales + rows * r->chunks);
  return rows;
}

#endif
