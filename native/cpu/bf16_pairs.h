/*
 * bf16_tile.h by BFMMLA, which multiplies two rows of 4 BF16 with two features of 4 BF16 and adds
 *
 *   { row 0 feature 0, row 0 feature 1, row 1 feature 0, row 1 feature 1 }
 *
 * Of every 8 columns the rows of a tile lie in pairs, 4 columns of one row and of the other, then
 * the next 4; weights come from two rows of the file and are joined in registers. Features that are
 * missing at the end repeat the last one; the other row of an odd number is whatever the workspace
 * holds. Their sums are not used.
 */
#define BF16_STEP 32 /* columns of a line of weights */
#define BF16_ROWS 8
#define BF16_FEATURES 8 /* 4 x 4 sums, 8 of weights and one of x take 25 of 32 registers */
#define BF16_UNIT BF16_FEATURES
#define MAX_PAIRS (BF16_ROWS / 2)
#define FEATURE_PAIRS (BF16_FEATURES / 2)
#define EIGHT (BF16_ROWS * 8) /* elements of 8 columns of all rows */

INLINE int64_t bf16_group(int64_t rows, int64_t stride) {
  (void)rows;
  (void)stride;
  return BF16_FEATURES;
}

INLINE void bf16_tiles_begin(void) {}
INLINE void bf16_tiles_end(void) {}

INLINE void place_step(uint16_t *tile, int64_t row, const float *x) {
  uint16_t *to = tile + row / 2 * 16 + row % 2 * 4;
  for (int64_t i = 0; i < BF16_STEP; i += 4) {
    vf_store_bf16(to + i / 8 * EIGHT + i % 8 * 2, vf_load(x + i));
  }
}

/* 8 columns of all features; w points at their columns. P pairs of rows, a constant. */
INLINE void add_eight(vf sums[FEATURE_PAIRS][MAX_PAIRS], const uint16_t *const *w, int64_t at,
                      const uint16_t *x, const int P) {
  vh low[FEATURE_PAIRS];
  vh high[FEATURE_PAIRS];
#pragma GCC unroll 4
  for (int f = 0; f < FEATURE_PAIRS; f++) {
    vh a = vh_load(w[2 * f] + at);
    vh b = vh_load(w[2 * f + 1] + at);
    low[f] = vh_low_halves(a, b);
    high[f] = vh_high_halves(a, b);
  }
#pragma GCC unroll 4
  for (int p = 0; p < P; p++) {
    vh row = vh_load(x + 16 * p);
#pragma GCC unroll 4
    for (int f = 0; f < FEATURE_PAIRS; f++) {
      sums[f][p] = vf_dot_pairs(sums[f][p], row, low[f]);
    }
    row = vh_load(x + 16 * p + 8);
#pragma GCC unroll 4
    for (int f = 0; f < FEATURE_PAIRS; f++) {
      sums[f][p] = vf_dot_pairs(sums[f][p], row, high[f]);
    }
  }
}

INLINE void finish_pairs(const bf16_tile *a, vf sums[FEATURE_PAIRS][MAX_PAIRS], int64_t features,
                         int64_t rows, const int P) {
#pragma GCC unroll 8
  for (int r = 0; r < 2 * P; r++) {
    if (r >= rows) {
      break;
    }
    float *out = a->out.out + r * a->out.out_stride;
#pragma GCC unroll 2
    for (int v = 0; v < 2; v++) {
      vf left = sums[2 * v][r / 2];
      vf right = sums[2 * v + 1][r / 2];
      vf four = r % 2 == 0 ? vf_low_halves(left, right) : vf_high_halves(left, right);
      finish_lanes(&a->out, out + v * VW, four, v * VW, features - v * VW);
    }
  }
}

INLINE void tile(const bf16_tile *a, int64_t features, int64_t rows, const int P) {
  vf sums[FEATURE_PAIRS][MAX_PAIRS];
  const uint16_t *w[BF16_FEATURES];
#pragma GCC unroll 8
  for (int f = 0; f < BF16_FEATURES; f++) {
    w[f] = a->weight + (f < features ? f : features - 1) * a->weight_stride;
  }
#pragma GCC unroll 4
  for (int f = 0; f < FEATURE_PAIRS; f++) {
#pragma GCC unroll 4
    for (int p = 0; p < P; p++) {
      sums[f][p] = vf_zero();
    }
  }
  const uint16_t *x = a->x;
  int64_t fetch_at = a->fetch == 0 ? a->steps : a->fetch_at;
  for (int64_t step = 0; step < a->steps; step++) {
    if (step == fetch_at) {
      fetch_at += a->fetch_step;
      for (int f = 0; f < BF16_FEATURES; f++) {
        __builtin_prefetch(w[f] + step * BF16_STEP + a->fetch, 0, 2);
      }
    }
    for (int64_t i = 0; i < BF16_STEP; i += 8) {
      add_eight(sums, w, step * BF16_STEP + i, x, P);
      x += EIGHT;
    }
  }
  if (a->rest > 0) {
    uint16_t filled[BF16_FEATURES][BF16_STEP] = {{0}};
    for (int f = 0; f < BF16_FEATURES; f++) {
      memcpy(filled[f], w[f] + a->steps * BF16_STEP, (size_t)a->rest * sizeof **filled);
      w[f] = filled[f];
    }
    for (int64_t i = 0; i < BF16_STEP; i += 8) {
      add_eight(sums, w, i, x, P);
      x += EIGHT;
    }
  }
  finish_pairs(a, sums, features, rows, P);
}

#define TILE(P) tile(a, features, rows, P)
static void multiply_tile(const bf16_tile *a, int64_t features, int64_t rows) {
  FOR_ROWS(4, (rows + 1) / 2, TILE)
}
