/*
 * bf16_linear: as linear.c with BF16 weights left where they were mapped, but rows of x rounded to
 * BF16 and dot products of pairs of BF16, which add in float32 and do twice as many multiply-adds.
 *
 * Rows are rounded into the workspace, tile by tile, so that a step of BF16_STEP columns of all
 * rows of a tile lies together:
 *
 *   x [tiles][steps][BF16_ROWS x BF16_STEP in the order of bf16_tile.h]
 *
 * Every element is ((s0 + s1) + s2 ...) + bias, where s_k is the dot product over the k-th
 * BLOCK_STEPS steps. Nothing in it depends on the tile or on the order of loops. Output features
 * are split over threads.
 */
#include "bf16_tile.h"
#include "pool.h"

#define BLOCK_STEPS (2048 / BF16_STEP)
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

static int64_t steps_of(int64_t in_features) { return (in_features + BF16_STEP - 1) / BF16_STEP; }

static int64_t tile_bytes(int64_t in_features) {
  return steps_of(in_features) * BF16_ROWS * BF16_STEP * 2;
}

static void round_row(const bf16_call *call, int64_t row) {
  const float *x = call->x + row * call->x_stride;
  uint16_t *tile = call->rounded + row / BF16_ROWS * call->steps * BF16_ROWS * BF16_STEP;
  for (int64_t at = 0; at < call->in_features; at += BF16_STEP) {
    int64_t left = call->in_features - at;
    if (left >= BF16_STEP) {
      place_step(tile, row % BF16_ROWS, x + at);
    } else {
      float filled[BF16_STEP] = {0};
      memcpy(filled, x + at, (size_t)left * sizeof *filled);
      place_step(tile, row % BF16_ROWS, filled);
    }
    tile += BF16_ROWS * BF16_STEP;
  }
}

static void round_rows(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  for (int64_t row = from; row < to; row++) {
    round_row(context, row);
  }
}

/* Features [first, last) of a block, which starts at `column` of out, over some steps. */
typedef struct {
  const gatun_linear_block *block;
  int64_t column;
  int64_t first;
  int64_t last;
  int64_t step;
  int64_t steps;
  int64_t group; /* of features, read side by side */
} feature_range;

/* A group or, at the end, fewer at `feature` against rows of tile `t`. */
static void run_tile(const bf16_call *call, const feature_range *range, int64_t feature, int64_t t,
                     int64_t tiles) { /* that share the fetching; 0 for none */
  const gatun_linear_block *block = range->block;
  int64_t row = t * BF16_ROWS;
  int64_t rows = call->rows - row < BF16_ROWS ? call->rows - row : BF16_ROWS;
  int is_end = range->step + range->steps == call->steps;
  int64_t rest = is_end ? call->in_features % BF16_STEP : 0;
  int64_t left = range->last - feature;
  bf16_tile a = {
      .weight = (const uint16_t *)block->weight + feature * block->stride + range->step * BF16_STEP,
      .weight_stride = block->stride,
      .x = call->rounded + (t * call->steps + range->step) * BF16_ROWS * BF16_STEP,
      .steps = range->steps - (rest > 0),
      .rest = rest,
      .out = {.out = call->out + row * call->out_stride + range->column + feature,
              .out_stride = call->out_stride,
              .bias = block->bias != NULL && is_end
                          ? storage_at(block->bias, block->bias_type, feature)
                          : NULL,
              .bias_type = block->bias_type,
              .is_first = range->step == 0},
      /* What stays in L2 for many rows comes once; few rows fetch the next features meanwhile,
       * since a row of weights often ends with a page and hardware does not look beyond. */
      .fetch = tiles > 0 ? fetch_distance(block, feature, range->group, 2) : 0,
      .fetch_step = tiles,
      .fetch_at = t};
  multiply_tile(&a, left < range->group ? left : range->group, rows);
}

/* The steps of a block of columns from the given one on. */
static void set_steps(const bf16_call *call, feature_range *range, int64_t step) {
  int64_t left = call->steps - step;
  range->step = step;
  range->steps = left < BLOCK_STEPS ? left : BLOCK_STEPS;
}

/* One tile of rows: all columns of some features, in order, then the next features. */
static void stream_features(const bf16_call *call, feature_range *range) {
  range->group = bf16_group(call->rows, range->block->stride);
  for (int64_t feature = range->first; feature < range->last; feature += range->group) {
    for (int64_t step = 0; step < call->steps; step += BLOCK_STEPS) {
      set_steps(call, range, step);
      run_tile(call, range, feature, 0, 1);
    }
  }
}

/* Few tiles: all meet some features, then the next. Many: each meets all features in turn. */
static void run_range(const bf16_call *call, const feature_range *range, int64_t tiles) {
  int64_t in_turn = tiles <= MIN_TILES ? tiles : 1;
  for (int64_t t = 0; t < tiles; t += in_turn) {
    for (int64_t feature = range->first; feature < range->last; feature += range->group) {
      for (int64_t i = t; i < t + in_turn; i++) {
        run_tile(call, range, feature, i, tiles <= MIN_TILES ? tiles : 0);
      }
    }
  }
}

/* FEATURES stay in L2 for a block of columns while the rows pass. */
static void stream_rows(const bf16_call *call, feature_range *range, int64_t tiles) {
  range->group = BF16_FEATURES;
  int64_t to = range->last;
  for (; range->first < to; range->first += FEATURES) {
    range->last = to - range->first < FEATURES ? to : range->first + FEATURES;
    for (int64_t step = 0; step < call->steps; step += BLOCK_STEPS) {
      set_steps(call, range, step);
      run_range(call, range, tiles);
    }
  }
}

/* Groups of BF16_UNIT features, counted over all blocks together. */
static void run_features(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const bf16_call *call = context;
  int64_t tiles = (call->rows + BF16_ROWS - 1) / BF16_ROWS;
  bf16_tiles_begin();
  int64_t column = 0;
  for (int32_t b = 0; b < call->num_blocks; b++) {
    block_part part = part_of(call->blocks, b, column, from * BF16_UNIT, to * BF16_UNIT);
    if (part.first < part.last) {
      feature_range range = {
          .block = part.block, .column = column, .first = part.first, .last = part.last};
      if (tiles == 1) {
        stream_features(call, &range);
      } else {
        stream_rows(call, &range, tiles);
      }
    }
    column += part.block->out_features;
  }
  bf16_tiles_end();
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
  int64_t groups = (features + BF16_UNIT - 1) / BF16_UNIT;
  int64_t most = workspace_bytes / tile_bytes(in_features) * BF16_ROWS;
  for (int64_t row = 0; row < rows; row += most) {
    call.rows = rows - row < most ? rows - row : most;
    pool_run(pool, round_rows, &call, call.rows, rows_grain(in_features));
    /* As in linear.c, at half the time per multiply-add. */
    int64_t grain = 1 + 131072 / (BF16_UNIT * in_features * (call.rows + 1));
    pool_run(pool, run_features, &call, groups, grain);
    call.x += call.rows * x_stride;
    call.out += call.rows * out_stride;
  }
  return GATUN_OK;
}
