/*
 * linear: out = x weight^T + bias. x [rows, in_features], weight row blocks [out_features,
 * in_features] in F32, F16 or BF16, widened to float32 in registers; out [rows, all out_features].
 *
 * Every element is ((s0 + s1) + s2 ...) + bias, where s_k is the dot product over the k-th K_BLOCK
 * columns: VW lanes, each a chain of fused multiply-adds in order of columns, folded by vf_sum.
 * Nothing in it depends on the tile that computes the element, so the shape of tiles, the order of
 * loops and the split over threads are free to follow the caches:
 *
 *   few rows    4 weight rows at a time from memory, whole and in order, against all of x;
 *               1 or 8 where x has one row, see group_features
 *   many rows   64 weight rows x K_BLOCK in L2; a tile of x in L1 meets them four by four
 *
 * Either way a tile is 4 weight rows x LINEAR_TILE_ROWS rows of x with all sums in registers.
 * Output features are split over threads, in fours.
 */
#include "linear_tile.h"
#include "pool.h"
#include "tile_rows.h"

/* Of 1024, 1536 and 2048 columns the last was the fastest by 4 % on Zen 5 (48 KiB of L1). */
#define K_BLOCK 2048
#define BLOCK_FEATURES 64 /* 256 KiB of BF16 per K_BLOCK, a part of L2 */
#define FEW_ROWS 16       /* up to here the time goes into reading weights */

typedef struct {
  float *out;
  int64_t out_stride;
  const float *x;
  int64_t x_stride;
  const gatun_linear_block *blocks;
  int32_t num_blocks;
  int32_t type;
  int64_t rows;
  int64_t in_features;
} linear_call;

/* One tile: columns [0, length) of x and weight, which both point at the first column. */
typedef struct {
  const void *weight;
  int64_t weight_stride;
  const float *x;
  int64_t x_stride;
  tile_out out;
  int64_t length;
  int64_t fetch; /* how far behind the weights lie those to be fetched meanwhile; 0 for none */
} tile_args;

/* F and R are constants after inlining, so the sums live in registers. */
INLINE void tile(const tile_args *a, const int32_t type, const int F, const int R) {
  vf sums[WIDE_FEATURES][LINEAR_TILE_ROWS];
  const void *w[WIDE_FEATURES];
#pragma GCC unroll 8
  for (int f = 0; f < F; f++) {
    w[f] = storage_at(a->weight, type, f * a->weight_stride);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      sums[f][r] = vf_zero();
    }
  }
  int64_t i = 0;
  for (; i + VW <= a->length; i += VW) {
    vf x[LINEAR_TILE_ROWS];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      x[r] = vf_load(a->x + r * a->x_stride + i);
    }
#pragma GCC unroll 8
    for (int f = 0; f < F; f++) {
      if (a->fetch != 0 && i % (64 / storage_bytes(type)) == 0) {
        __builtin_prefetch(storage_at(w[f], type, i + a->fetch), 0, 2);
      }
      vf weight = storage_load(w[f], type, i);
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        sums[f][r] = vf_fma(weight, x[r], sums[f][r]);
      }
    }
  }
  int64_t rest = a->length - i;
  if (rest > 0) {
#pragma GCC unroll 8
    for (int f = 0; f < F; f++) {
      vf weight = storage_load_n(w[f], type, i, rest);
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        vf x = vf_load_n(a->x + r * a->x_stride + i, rest);
        sums[f][r] = vf_fma(weight, x, sums[f][r]);
      }
    }
  }
  finish_tile(&a->out, sums, F, R);
}

#define TILE(R) tile(a, type, F, R)
INLINE void tile_rows(const tile_args *a, int64_t rows, const int32_t type, const int F) {
  FOR_ROWS(LINEAR_TILE_ROWS, rows, TILE)
}

#define WIDE_TILES_OF(name, type)                         \
  static void name(const tile_args *a, int64_t rows) { \
    (void)rows; /* one */                              \
    tile(a, type, WIDE_FEATURES, 1);                   \
  }
#define TILES_OF(name, type, F) \
  static void name(const tile_args *a, int64_t rows) { tile_rows(a, rows, type, F); }

WIDE_TILES_OF(eight_f32, GATUN_F32)
WIDE_TILES_OF(eight_f16, GATUN_F16)
WIDE_TILES_OF(eight_bf16, GATUN_BF16)
TILES_OF(four_f32, GATUN_F32, TILE_FEATURES)
TILES_OF(four_f16, GATUN_F16, TILE_FEATURES)
TILES_OF(four_bf16, GATUN_BF16, TILE_FEATURES)
TILES_OF(one_f32, GATUN_F32, 1)
TILES_OF(one_f16, GATUN_F16, 1)
TILES_OF(one_bf16, GATUN_BF16, 1)

typedef void (*tiles)(const tile_args *a, int64_t rows);
static const tiles tiles_of_eight[] = {eight_f32, eight_f16, eight_bf16};
static const tiles tiles_of_four[] = {four_f32, four_f16, four_bf16};
static const tiles tiles_of_one[] = {one_f32, one_f16, one_bf16};

/* A group of features of one block, their number being 8, 4 or 1, columns [from, to), some rows. */
typedef struct {
  const gatun_linear_block *block;
  int64_t column; /* of the block's first feature in out */
  int64_t feature;
  int count;
} feature_group;

static void run_tile(const linear_call *call, const feature_group *group, int64_t row,
                     int64_t rows, int64_t k, int64_t length, int64_t fetch) {
  const gatun_linear_block *block = group->block;
  int has_bias = block->bias != NULL && k + length == call->in_features;
  tile_args a = {
      .weight = storage_at(block->weight, call->type, group->feature * block->stride + k),
      .weight_stride = block->stride,
      .x = call->x + row * call->x_stride + k,
      .x_stride = call->x_stride,
      .length = length,
      .out = {.out = call->out + row * call->out_stride + group->column + group->feature,
              .out_stride = call->out_stride,
              .bias = has_bias ? storage_at(block->bias, block->bias_type, group->feature) : NULL,
              .bias_type = block->bias_type,
              .is_first = k == 0},
      .fetch = fetch};
  const tiles *of_count = group->count == WIDE_FEATURES   ? tiles_of_eight
                          : group->count == TILE_FEATURES ? tiles_of_four
                                                          : tiles_of_one;
  of_count[call->type](&a, rows);
}

static feature_group group_at(const gatun_linear_block *block, int64_t column, int64_t feature,
                              int64_t to, int32_t type, int64_t rows) {
  int count = group_features(rows, block->stride * storage_bytes(type));
  count = feature + count <= to ? count : feature + TILE_FEATURES <= to ? TILE_FEATURES : 1;
  return (feature_group){block, column, feature, count};
}

/*
 * Few rows: each weight row is read once, from start to end. It often ends with a page, beyond
 * which hardware does not look, so the next rows are fetched meanwhile.
 */
static void stream_weights(const linear_call *call, const gatun_linear_block *block,
                           int64_t column, int64_t from, int64_t to) {
  for (int64_t feature = from; feature < to;) {
    feature_group group = group_at(block, column, feature, to, call->type, call->rows);
    int64_t next = fetch_distance(block, feature, group.count, storage_bytes(call->type));
    for (int64_t k = 0; k < call->in_features; k += K_BLOCK) {
      int64_t left = call->in_features - k;
      int64_t length = left < K_BLOCK ? left : K_BLOCK;
      for (int64_t row = 0; row < call->rows; row += LINEAR_TILE_ROWS) {
        int64_t rows = call->rows - row;
        rows = rows < LINEAR_TILE_ROWS ? rows : LINEAR_TILE_ROWS;
        run_tile(call, &group, row, rows, k, length, row == 0 ? next : 0);
      }
    }
    feature += group.count;
  }
}

/* Many rows: a tile of x stays in L1 while the weights of BLOCK_FEATURES pass by from L2. */
static void stream_rows(const linear_call *call, const gatun_linear_block *block, int64_t column,
                        int64_t from, int64_t to) {
  for (int64_t k = 0; k < call->in_features; k += K_BLOCK) {
    int64_t left = call->in_features - k;
    int64_t length = left < K_BLOCK ? left : K_BLOCK;
    for (int64_t first = from; first < to; first += BLOCK_FEATURES) {
      int64_t last = to - first < BLOCK_FEATURES ? to : first + BLOCK_FEATURES;
      for (int64_t row = 0; row < call->rows; row += LINEAR_TILE_ROWS) {
        int64_t rows = call->rows - row;
        rows = rows < LINEAR_TILE_ROWS ? rows : LINEAR_TILE_ROWS;
        for (int64_t feature = first; feature < last;) {
          feature_group group = group_at(block, column, feature, last, call->type, call->rows);
          run_tile(call, &group, row, rows, k, length, 0);
          feature += group.count;
        }
      }
    }
  }
}

/* Groups of four features, counted over all blocks together. */
static void linear_features(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const linear_call *call = context;
  int64_t column = 0;
  for (int32_t b = 0; b < call->num_blocks; b++) {
    block_part part = part_of(call->blocks, b, column, from * TILE_FEATURES, to * TILE_FEATURES);
    if (part.first < part.last) {
      if (call->rows <= FEW_ROWS) {
        stream_weights(call, part.block, column, part.first, part.last);
      } else {
        stream_rows(call, part.block, column, part.first, part.last);
      }
    }
    column += part.block->out_features;
  }
}

int32_t gatun_cpu_linear(gatun_pool *pool, float *out, int64_t out_stride, const float *x,
                         int64_t x_stride, const gatun_linear_block *blocks, int32_t num_blocks,
                         int32_t weight_type, int64_t rows, int64_t in_features) {
  if (!is_storage(weight_type) || num_blocks < 1 || rows < 0 || in_features < 1) {
    return GATUN_INVALID_ARGUMENT;
  }
  int64_t features = features_of(blocks, num_blocks);
  if (features < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  linear_call call = {out, out_stride, x, x_stride, blocks, num_blocks,
                      weight_type, rows, in_features};
  int64_t groups = (features + TILE_FEATURES - 1) / TILE_FEATURES;
  /* Some 64 K multiply-adds, a few microseconds, outweigh handing a part to a spinning worker. */
  int64_t grain = 1 + 65536 / (TILE_FEATURES * in_features * (rows + 1));
  if (rows > 0) {
    pool_run(pool, linear_features, &call, groups, grain);
  }
  return GATUN_OK;
}
