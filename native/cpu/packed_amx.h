/*
 * packed_tile.h for many rows by AMX: 32 rows, or 16, against a panel. Panels of 32 features with
 * four columns of each together are what TDPBSUD takes, so nothing is packed anew; nibbles become
 * bytes a chunk at a time. Whole sums are integers, their scales are applied in the order and with
 * the instructions of packed_linear.c: results are the same bits, and the rows that are left over
 * take the other way.
 *
 * Ran in emulation alone. By the instructions' rates 32 rows and a chunk of 128 columns are 128
 * cycles of products and some 160 of scaling; nobody has measured them.
 */
#include "amx.h"

#define TILE_BYTES (AMX_ROWS * AMX_ROW_BYTES)

/* Tiles 0 to 3 are sums [2 halves of rows][2 of the panel], 4 and 5 rows of x, 6 and 7 weights. */
INLINE void packed_tiles_begin(int64_t chunk) {
  amx_shapes shapes = {.palette = 1};
  int64_t columns = chunk < AMX_ROW_BYTES ? chunk : AMX_ROW_BYTES;
  for (int t = 0; t < 8; t++) {
    shapes.rows[t] = (uint8_t)(t < 6 ? AMX_ROWS : columns / 4);
    shapes.row_bytes[t] = (uint16_t)(t == 4 || t == 5 ? columns : AMX_ROW_BYTES);
  }
  AMX_SHAPE(&shapes);
}

INLINE void packed_tiles_end(void) { AMX_RELEASE(); }

/* A panel's chunk of nibbles as bytes. */
static void widen_nibbles(const uint8_t *values, int64_t chunk, uint8_t *bytes) {
  for (int64_t i = 0; i < chunk; i += 8) {
    for (int v = 0; v < 2; v++) {
      vi both = vi_load(values);
      vi_store(bytes + v * AMX_ROW_BYTES, vi_low_nibbles(both));
      vi_store(bytes + (2 + v) * AMX_ROW_BYTES, vi_high_nibbles(both));
      values += AMX_ROW_BYTES;
    }
    bytes += 4 * AMX_ROW_BYTES;
  }
}

/* sum q w of rows and features; weights are bytes. H sixteens of rows, a constant. */
INLINE void dot_chunk(const rounded_rows *x, int64_t row, int64_t place, const uint8_t *weights,
                      int32_t dots[][PANEL_FEATURES], const int H) {
  const int8_t *bytes = x->bytes + row * x->byte_stride + place;
  AMX_CLEAR(0);
  AMX_CLEAR(1);
  if (H == 2) {
    AMX_CLEAR(2);
    AMX_CLEAR(3);
  }
  for (int64_t i = 0; i < x->chunk; i += AMX_ROW_BYTES) {
    AMX_LOAD(6, weights, 2 * AMX_ROW_BYTES);
    AMX_LOAD(7, weights + AMX_ROW_BYTES, 2 * AMX_ROW_BYTES);
    AMX_LOAD(4, bytes + i, x->byte_stride);
    AMX_DOT_BYTES(0, 4, 6);
    AMX_DOT_BYTES(1, 4, 7);
    if (H == 2) {
      AMX_LOAD(5, bytes + AMX_ROWS * x->byte_stride + i, x->byte_stride);
      AMX_DOT_BYTES(2, 5, 6);
      AMX_DOT_BYTES(3, 5, 7);
    }
    weights += 2 * TILE_BYTES;
  }
  AMX_STORE(0, dots[0], sizeof *dots);
  AMX_STORE(1, dots[0] + VW, sizeof *dots);
  if (H == 2) {
    AMX_STORE(2, dots[AMX_ROWS], sizeof *dots);
    AMX_STORE(3, dots[AMX_ROWS] + VW, sizeof *dots);
  }
}

/* Adds a chunk's sums, as packed_tile does. */
INLINE void scale_chunk(const tile_args *a, int64_t c, int32_t dots[][PANEL_FEATURES],
                        float sums[][PANEL_FEATURES], int64_t rows, const int BITS) {
  const rounded_rows *x = a->x;
  const float *x_scales = x->scales + a->row * x->chunks + c;
  const int32_t *minus = x->minus + a->row * x->chunks + c;
  vi zeros[2] = {vi_set1(INT8_ZERO), vi_set1(INT8_ZERO)};
  if (BITS == 4) {
    chunk_args chunk = {.zeros = a->zeros == NULL ? NULL : a->zeros + c * (PANEL_FEATURES / 2),
                        .zero_base = a->zero_base};
    load_zeros(&chunk, zeros);
  }
  vf scale0 = storage_load(a->scales, a->scale_type, c * PANEL_FEATURES);
  vf scale1 = storage_load(a->scales, a->scale_type, c * PANEL_FEATURES + VW);
  for (int64_t r = 0; r < rows; r++) {
    vi less = vi_set1(minus[r * x->chunks]);
    vi dot0 = vi_add(vi_load((const uint8_t *)dots[r]), vi_mul16(zeros[0], less));
    vi dot1 = vi_add(vi_load((const uint8_t *)(dots[r] + VW)), vi_mul16(zeros[1], less));
    vf scale = vf_set1(x_scales[r * x->chunks]);
    vf_store(sums[r], vf_fma(vf_of(dot0), vf_mul(scale, scale0), vf_load(sums[r])));
    vf_store(sums[r] + VW, vf_fma(vf_of(dot1), vf_mul(scale, scale1), vf_load(sums[r] + VW)));
  }
}

INLINE void tile_of_halves(const tile_args *a, const tile_out *t, const int BITS, const int H) {
  const rounded_rows *x = a->x;
  const int64_t value_bytes = PANEL_FEATURES * x->chunk * BITS / 8;
  _Alignas(64) int32_t dots[2 * AMX_ROWS][PANEL_FEATURES];
  _Alignas(64) float sums[2 * AMX_ROWS][PANEL_FEATURES] = {{0}};
  _Alignas(64) uint8_t widened[MAX_CHUNK * PANEL_FEATURES];
  for (int64_t c = 0; c < x->chunks; c++) {
    const uint8_t *weights = a->values + c * value_bytes;
    if (BITS == 4) {
      widen_nibbles(weights, x->chunk, widened);
      weights = widened;
    }
    dot_chunk(x, a->row, c * x->chunk, weights, dots, H);
    scale_chunk(a, c, dots, sums, H * AMX_ROWS, BITS);
  }
  for (int64_t r = 0; r < H * AMX_ROWS; r++) {
    finish_row(t, r, vf_load(sums[r]), vf_load(sums[r] + VW));
  }
}

static void byte_halves(const tile_args *a, const tile_out *t, int is_two) {
  if (is_two) {
    tile_of_halves(a, t, 8, 2);
  } else {
    tile_of_halves(a, t, 8, 1);
  }
}

static void nibble_halves(const tile_args *a, const tile_out *t, int is_two) {
  if (is_two) {
    tile_of_halves(a, t, 4, 2);
  } else {
    tile_of_halves(a, t, 4, 1);
  }
}

/* All sixteens of rows against one panel; returns how many rows that are. */
static int64_t many_rows(tile_args *a, const tile_out *t, int64_t rows, int32_t bits) {
  tile_out at = *t;
  int64_t row = 0;
  while (rows - row >= AMX_ROWS) {
    int is_two = rows - row >= 2 * AMX_ROWS;
    int64_t count = is_two ? 2 * AMX_ROWS : AMX_ROWS;
    a->row = row;
    (bits == 8 ? byte_halves : nibble_halves)(a, &at, is_two);
    at.out += count * at.out_stride;
    row += count;
  }
  return row;
}
