/*
 * bf16_linear: as linear.c with BF16 weights left where they were mapped, but rows of x rounded to
 * BF16 and dot products of pairs of BF16, which add in float32 and do twice as many multiply-adds.
 *
 * Rows are rounded into the workspace, tile by tile, so that a step of 2 VW columns of a tile's
 * rows lies together:
 *
 *   x [tiles][steps][LINEAR_TILE_ROWS][2 VW]
 *
 * Every element is ((s0 + s1) + s2 ...) + bias, where s_k is the dot product over the k-th
 * BLOCK_STEPS steps: VW lanes, each a chain of dot instructions in order of columns, folded by
 * vf_sum. Nothing in it depends on the tile. Output features are split over threads, in fours;
 * FEATURES of them times a block of columns stay in L2 while the rows pass.
 */
#include "linear_tile.h"
#include "pool.h"
#include "tile_rows.h"

#define STEP (2 * VW)
#define BLOCK_STEPS (2048 / STEP)
#define FEATURES 64
#define WORKSPACE_BYTES (8 << 20)
#define MIN_TILES 4
#define MAX_TILES 96

typedef struct {
  float *out;
  int64_t out_stride;
  const float *x;
  int64_t x_stride;
  uint16_t *rounded;
  const gatun_linear_block *blocks;
  int32_t num_blocks;
  int64_t rows; /* of this pass */
  int64_t in_features;
  int64_t steps; /* of a row, the last one filled up with zeros */
} bf16_call;

static int64_t steps_of(int64_t in_features) { return (in_features + STEP - 1) / STEP; }

static int64_t tile_bytes(int64_t in_features) {
  return steps_of(in_features) * LINEAR_TILE_ROWS * STEP * 2;
}

static void round_row(const bf16_call *call, int64_t row) {
  const float *x = call->x + row * call->x_stride;
  int64_t tile = row / LINEAR_TILE_ROWS;
  uint16_t *to = call->rounded + (tile * call->steps * LINEAR_TILE_ROWS + row % LINEAR_TILE_ROWS) *
                                     STEP;
  for (int64_t at = 0; at < call->in_features; at += STEP) {
    int64_t left = call->in_features - at;
    if (left >= STEP) {
      vf_store_bf16(to, vf_load(x + at));
      vf_store_bf16(to + VW, vf_load(x + at + VW));
    } else {
      for (int64_t i = 0; i < STEP; i++) {
        to[i] = i < left ? float_to_bf16(x[at + i]) : 0;
      }
    }
    to += LINEAR_TILE_ROWS * STEP;
  }
}

static void round_rows(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  for (int64_t row = from; row < to; row++) {
    round_row(context, row);
  }
}

/* A tile over `steps` steps; x and weight point at the first of them. */
typedef struct {
  const uint16_t *weight;
  int64_t weight_stride;
  const uint16_t *x;
  int64_t steps;
  int64_t rest; /* columns of one more step that a row does not fill */
  tile_out out;
  int64_t fetch;      /* the features that follow, as a distance in elements, or 0 */
  int64_t fetch_step; /* of every so many steps this tile brings one to L2, */
  int64_t fetch_at;   /* beginning here */
} tile_args;

/* F and R are constants after inlining, so the sums live in registers. */
INLINE void add_step(vf sums[TILE_FEATURES][LINEAR_TILE_ROWS], const uint16_t *const *w,
                     const uint16_t *x, const int F, const int R) {
  vh weights[TILE_FEATURES];
#pragma GCC unroll 8
  for (int f = 0; f < F; f++) {
    weights[f] = vh_load(w[f]);
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    vh row = vh_load(x + r * STEP);
#pragma GCC unroll 8
    for (int f = 0; f < F; f++) {
      sums[f][r] = vf_dot_bf16(sums[f][r], weights[f], row);
    }
  }
}

INLINE void tile(const tile_args *a, const int F, const int R) {
  vf sums[TILE_FEATURES][LINEAR_TILE_ROWS];
  const uint16_t *w[TILE_FEATURES];
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
    x += LINEAR_TILE_ROWS * STEP;
#pragma GCC unroll 8
    for (int f = 0; f < F; f++) {
      w[f] += STEP;
    }
  }
  if (a->rest > 0) {
    uint16_t filled[TILE_FEATURES][STEP] = {{0}};
    for (int f = 0; f < F; f++) {
      memcpy(filled[f], w[f], (size_t)a->rest * sizeof **filled);
      w[f] = filled[f];
    }
    add_step(sums, w, x, F, R);
  }
  finish_tile(&a->out, sums, F, R);
}

#define TILE(R) tile(a, F, R)
INLINE void tile_rows(const tile_args *a, int64_t rows, const int F) {
  FOR_ROWS(LINEAR_TILE_ROWS, rows, TILE)
}

static void four_features(const tile_args *a, int64_t rows) { tile_rows(a, rows, TILE_FEATURES); }

static void one_feature(const tile_args *a, int64_t rows) { tile_rows(a, rows, 1); }

/* Features [first, last) of a block, which starts at `column` of out, over some steps. */
typedef struct {
  const gatun_linear_block *block;
  int64_t column;
  int64_t first;
  int64_t last;
  int64_t step;
  int64_t steps;
} feature_range;

/* The fourth and less features at `feature` against rows of tile `t`. */
static void run_tile(const bf16_call *call, const feature_range *range, int64_t feature, int64_t t,
                     int64_t tiles) { /* that share the fetching; 0 for none */
  const gatun_linear_block *block = range->block;
  int64_t row = t * LINEAR_TILE_ROWS;
  int64_t rows = call->rows - row < LINEAR_TILE_ROWS ? call->rows - row : LINEAR_TILE_ROWS;
  int is_end = range->step + range->steps == call->steps;
  int64_t rest = is_end ? call->in_features % STEP : 0;
  int is_four = feature + TILE_FEATURES <= range->last;
  /* What stays in L2 for many rows comes once; few rows fetch the next features meanwhile, since
   * a row of weights often ends with a page and hardware does not look beyond. */
  int is_fetching = tiles > 0 && feature + 2 * TILE_FEATURES <= block->out_features;
  tile_args a = {
      .weight = (const uint16_t *)block->weight + feature * block->stride + range->step * STEP,
      .weight_stride = block->stride,
      .x = call->rounded + (t * call->steps + range->step) * LINEAR_TILE_ROWS * STEP,
      .steps = range->steps - (rest > 0),
      .rest = rest,
      .out = {.out = call->out + row * call->out_stride + range->column + feature,
              .out_stride = call->out_stride,
              .bias = block->bias != NULL && is_end
                          ? storage_at(block->bias, block->bias_type, feature)
                          : NULL,
              .bias_type = block->bias_type,
              .is_first = range->step == 0},
      .fetch = is_fetching ? TILE_FEATURES * block->stride : 0,
      .fetch_step = tiles,
      .fetch_at = t};
  (is_four ? four_features : one_feature)(&a, rows);
}

/* Few rows: all of them against four features, then the next. Many: a tile against all features. */
static void run_range(const bf16_call *call, const feature_range *range) {
  int64_t tiles = (call->rows + LINEAR_TILE_ROWS - 1) / LINEAR_TILE_ROWS;
  int64_t in_turn = tiles <= MIN_TILES ? tiles : 1;
  for (int64_t t = 0; t < tiles; t += in_turn) {
    for (int64_t feature = range->first; feature < range->last;) {
      for (int64_t i = t; i < t + in_turn; i++) {
        run_tile(call, range, feature, i, tiles <= MIN_TILES ? tiles : 0);
      }
      feature += feature + TILE_FEATURES <= range->last ? TILE_FEATURES : 1;
    }
  }
}

static void run_block(const bf16_call *call, const gatun_linear_block *block, int64_t column,
                      int64_t from, int64_t to) {
  for (int64_t first = from; first < to; first += FEATURES) {
    feature_range range = {.block = block, .column = column, .first = first};
    range.last = to - first < FEATURES ? to : first + FEATURES;
    for (range.step = 0; range.step < call->steps; range.step += BLOCK_STEPS) {
      int64_t left = call->steps - range.step;
      range.steps = left < BLOCK_STEPS ? left : BLOCK_STEPS;
      run_range(call, &range);
    }
  }
}

/* Groups of four features, counted over all blocks together. */
static void run_features(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const bf16_call *call = context;
  int64_t column = 0;
  for (int32_t b = 0; b < call->num_blocks; b++) {
    block_part part = part_of(call->blocks, b, column, from, to);
    if (part.first < part.last) {
      run_block(call, part.block, column, part.first, part.last);
    }
    column += part.block->out_features;
  }
}

int64_t gatun_cpu_bf16_workspace(int64_t in_features) {
  int64_t tiles = WORKSPACE_BYTES / tile_bytes(in_features);
  tiles = tiles < MIN_TILES ? MIN_TILES : tiles > MAX_TILES ? MAX_TILES : tiles;
  return tiles * tile_bytes(in_features);
}

int32_t gatun_cpu_bf16_linear(gatun_pool *pool, float *out, int64_t out_stride, const float *x,
                              int64_t x_stride, const gatun_linear_block *blocks,
                              int32_t num_blocks, int64_t rows, int64_t in_features,
                              void *workspace, int64_t workspace_bytes) {
  if (num_blocks < 1 || rows < 0 || in_features < 1 || workspace_bytes < tile_bytes(in_features)) {
    return GATUN_INVALID_ARGUMENT;
  }
  int64_t features = features_of(blocks, num_blocks);
  if (features < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  bf16_call call = {.out = out,
                    .out_stride = out_stride,
                    .x = x,
                    .x_stride = x_stride,
                    .rounded = workspace,
                    .blocks = blocks,
                    .num_blocks = num_blocks,
                    .in_features = in_features,
                    .steps = steps_of(in_features)};
  int64_t groups = (features + TILE_FEATURES - 1) / TILE_FEATURES;
  int64_t most = workspace_bytes / tile_bytes(in_features) * LINEAR_TILE_ROWS;
  for (int64_t row = 0; row < rows; row += most) {
    call.rows = rows - row < most ? rows - row : most;
    pool_run(pool, round_rows, &call, call.rows, rows_grain(in_features));
    /* As in linear.c, at half the time per multiply-add. */
    int64_t grain = 1 + 131072 / (TILE_FEATURES * in_features * (call.rows + 1));
    pool_run(pool, run_features, &call, groups, grain);
    call.x += call.rows * x_stride;
    call.out += call.rows * out_stride;
  }
  return GATUN_OK;
}
