/*
 * bf16_tile.h by AMX: 64 features against 16 rows. Weights are the left operand, 16 rows of the
 * file by 32 columns, where they were mapped; rows of x are the right one, which wants two columns
 * of each of 16 rows together:
 *
 *   x [steps][16 pairs of columns][BF16_ROWS][2]
 *
 * Results stand features by rows and are turned. One row goes the same way, as sums of TDPBF16PS
 * have an order of their own; its speed is bound by the weights. Ran in emulation alone.
 */
#include "amx.h"

#define BF16_STEP 32
#define BF16_ROWS AMX_ROWS
#define BF16_UNIT AMX_ROWS
#define BF16_FEATURES (4 * BF16_UNIT)

INLINE int64_t bf16_group(int64_t rows, int64_t stride) {
  (void)rows;
  (void)stride;
  return BF16_FEATURES;
}

/* Tiles 0 to 3 are sums, 4 is of rows, 5 to 7 are weights. */
INLINE void bf16_tiles_begin(void) {
  amx_shapes shapes = {.palette = 1};
  for (int t = 0; t < 8; t++) {
    shapes.rows[t] = AMX_ROWS;
    shapes.row_bytes[t] = AMX_ROW_BYTES;
  }
  AMX_SHAPE(&shapes);
}

INLINE void bf16_tiles_end(void) { AMX_RELEASE(); }

INLINE void place_step(uint16_t *tile, int64_t row, const float *x) {
  uint16_t rounded[BF16_STEP];
  vf_store_bf16(rounded, vf_load(x));
  vf_store_bf16(rounded + VW, vf_load(x + VW));
  for (int64_t i = 0; i < BF16_STEP; i += 2) {
    memcpy(tile + i * BF16_ROWS + 2 * row, rounded + i, 4);
  }
}

/* 16 features of sums [features][rows] into out; bias and out from the first of them on. */
static void finish_unit(const tile_out *t, float sums[BF16_UNIT][BF16_ROWS], int64_t features,
                        int64_t rows) {
  vf lanes[VW];
  for (int f = 0; f < BF16_UNIT; f++) {
    lanes[f] = vf_load(sums[f]);
  }
  vf_transpose(lanes);
  for (int64_t r = 0; r < rows; r++) {
    finish_lanes(t, t->out + r * t->out_stride, lanes[r], 0, features);
  }
}

INLINE void add_four(const uint16_t *w, int64_t stride, const uint16_t *x) {
  AMX_LOAD(4, x, AMX_ROW_BYTES);
  AMX_LOAD(5, w, 2 * stride);
  AMX_DOT_BF16(0, 5, 4);
  AMX_LOAD(6, w + BF16_UNIT * stride, 2 * stride);
  AMX_DOT_BF16(1, 6, 4);
  AMX_LOAD(7, w + 2 * BF16_UNIT * stride, 2 * stride);
  AMX_DOT_BF16(2, 7, 4);
  AMX_LOAD(5, w + 3 * BF16_UNIT * stride, 2 * stride);
  AMX_DOT_BF16(3, 5, 4);
}

static void four_units(const bf16_tile *a, int64_t rows) {
  AMX_CLEAR(0);
  AMX_CLEAR(1);
  AMX_CLEAR(2);
  AMX_CLEAR(3);
  const uint16_t *w = a->weight;
  const uint16_t *x = a->x;
  for (int64_t step = 0; step < a->steps; step++) {
    add_four(w, a->weight_stride, x);
    w += BF16_STEP;
    x += BF16_ROWS * BF16_STEP;
  }
  if (a->rest > 0) {
    uint16_t filled[BF16_FEATURES][BF16_STEP] = {{0}};
    for (int f = 0; f < BF16_FEATURES; f++) {
      memcpy(filled[f], w + f * a->weight_stride, (size_t)a->rest * sizeof **filled);
    }
    add_four(filled[0], BF16_STEP, x);
  }
  _Alignas(64) float sums[4][BF16_UNIT][BF16_ROWS];
  AMX_STORE(0, sums[0], sizeof **sums);
  AMX_STORE(1, sums[1], sizeof **sums);
  AMX_STORE(2, sums[2], sizeof **sums);
  AMX_STORE(3, sums[3], sizeof **sums);
  for (int64_t u = 0; u < 4; u++) {
    tile_out t = from_feature(&a->out, u * BF16_UNIT);
    finish_unit(&t, sums[u], BF16_UNIT, rows);
  }
}

/* 16 features or, at the end, fewer, which are copied so that nothing behind them is read. */
static void one_unit(const bf16_tile *a, int64_t features, int64_t rows) {
  AMX_CLEAR(0);
  uint16_t filled[BF16_UNIT][BF16_STEP] = {{0}};
  const uint16_t *x = a->x;
  for (int64_t step = 0; step < a->steps + (a->rest > 0); step++) {
    int64_t columns = step < a->steps ? BF16_STEP : a->rest;
    const uint16_t *w = a->weight + step * BF16_STEP;
    AMX_LOAD(4, x, AMX_ROW_BYTES);
    if (features == BF16_UNIT && columns == BF16_STEP) {
      AMX_LOAD(5, w, 2 * a->weight_stride);
    } else {
      memset(filled, 0, sizeof filled);
      for (int64_t f = 0; f < features; f++) {
        memcpy(filled[f], w + f * a->weight_stride, (size_t)columns * sizeof **filled);
      }
      AMX_LOAD(5, filled[0], AMX_ROW_BYTES);
    }
    AMX_DOT_BF16(0, 5, 4);
    x += BF16_ROWS * BF16_STEP;
  }
  _Alignas(64) float sums[BF16_UNIT][BF16_ROWS];
  AMX_STORE(0, sums, sizeof *sums);
  finish_unit(&a->out, sums, features, rows);
}

static void multiply_tile(const bf16_tile *a, int64_t features, int64_t rows) {
  if (features == BF16_FEATURES) {
    four_units(a, rows);
    return;
  }
  bf16_tile unit = *a;
  for (int64_t f = 0; f < features; f += BF16_UNIT) {
    one_unit(&unit, features - f < BF16_UNIT ? features - f : BF16_UNIT, rows);
    unit.weight += BF16_UNIT * unit.weight_stride;
    unit.out = from_feature(&unit.out, BF16_UNIT);
  }
}
