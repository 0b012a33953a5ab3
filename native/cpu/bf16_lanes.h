/*
 * bf16_tile.h by dot products of pairs of BF16: a sum is VW lanes, each a chain of dot instructions
 * in order of columns, folded by vf_sum.
 *
 *   x [steps][BF16_ROWS][2 VW]
 */
#define BF16_STEP (2 * VW)
#define BF16_ROWS LINEAR_TILE_ROWS
#define BF16_FEATURES WIDE_FEATURES
#define BF16_UNIT WIDE_FEATURES

INLINE int64_t bf16_group(int64_t rows, int64_t stride) { return group_features(rows, 2 * stride); }

INLINE void bf16_tiles_begin(void) {}
INLINE void bf16_tiles_end(void) {}

INLINE void place_step(uint16_t *tile, int64_t row, const float *x) {
  uint16_t *to = tile + row * BF16_STEP;
  vf_store_bf16(to, vf_load(x));
  vf_store_bf16(to + VW, vf_load(x + VW));
}

/* F and R are constants after inlining, so the sums live in registers. */
INLINE void add_step(vf sums[WIDE_FEATURES][BF16_ROWS], const uint16_t *const *w,
                     const uint16_t *x, const int F, const int R) {
  vh weights[WIDE_FEATURES];
#pragma GCC unroll 8
  for (int f = 0; f < F; f++) {
    weights[f] = vh_load(w[f]);
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    vh row = vh_load(x + r * BF16_STEP);
#pragma GCC unroll 8
    for (int f = 0; f < F; f++) {
      sums[f][r] = vf_dot_bf16(sums[f][r], weights[f], row);
    }
  }
}

INLINE void tile(const bf16_tile *a, const int F, const int R) {
  vf sums[WIDE_FEATURES][BF16_ROWS];
  const uint16_t *w[WIDE_FEATURES];
#pragma GCC unroll 8
  for (int f = 0; f < F; f++) {
    w[f] = a->weight + f * a->weight_stride;
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      sums[f][r] = vf_zero();
    }
  }
  const uint16_t *x = a->x;
  int64_t fetch_at = a->fetch == 0 ? a->steps : a->fetch_at;
  for (int64_t step = 0; step < a->steps; step++) {
    if (step == fetch_at) {
      fetch_at += a->fetch_step;
      for (int f = 0; f < F; f++) {
        __builtin_prefetch(w[f] + a->fetch, 0, 2);
      }
    }
    add_step(sums, w, x, F, R);
    x += BF16_ROWS * BF16_STEP;
#pragma GCC unroll 8
    for (int f = 0; f < F; f++) {
      w[f] += BF16_STEP;
    }
  }
  if (a->rest > 0) {
    uint16_t filled[WIDE_FEATURES][BF16_STEP] = {{0}};
    for (int f = 0; f < F; f++) {
      memcpy(filled[f], w[f], (size_t)a->rest * sizeof **filled);
      w[f] = filled[f];
    }
    add_step(sums, w, x, F, R);
  }
  finish_tile(&a->out, sums, F, R);
}

#define TILE(R) tile(a, F, R)
INLINE void tile_rows(const bf16_tile *a, int64_t rows, const int F) {
  FOR_ROWS(BF16_ROWS, rows, TILE)
}

static void eight_features(const bf16_tile *a) { tile(a, WIDE_FEATURES, 1); }

static void four_features(const bf16_tile *a, int64_t rows) { tile_rows(a, rows, TILE_FEATURES); }

static void one_feature(const bf16_tile *a, int64_t rows) { tile_rows(a, rows, 1); }

static void multiply_tile(const bf16_tile *a, int64_t features, int64_t rows) {
  if (features == WIDE_FEATURES && rows == 1) {
    eight_features(a);
    return;
  }
  bf16_tile part = *a;
  int64_t count;
  for (int64_t f = 0; f < features; f += count) {
    count = features - f < TILE_FEATURES ? 1 : TILE_FEATURES;
    (count == 1 ? one_feature : four_features)(&part, rows);
    part.weight += count * part.weight_stride;
    part.out = from_feature(&part.out, count);
  }
}

