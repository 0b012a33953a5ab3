/*
 * packed_linear: out = x weight^T + bias with weights of 8 or 4 bits, packed by pack.c.
 *
 * Rows of x are rounded to bytes, a chunk of columns at a time: scale = largest magnitude / 127.
 * With q those bytes, w the weights and z the zero points, an element is
 *
 *   ((d_0 t_0 + d_1 t_1) + d_2 t_2 ...) + bias,  d_c = sum q w - z sum q,  t_c = scale_x scale_w
 *
 * over the chunks c in order, each d_c an exact integer and each step one fused multiply-add where
 * there is one. A lane is a feature and no lane meets another, so nothing depends on the tile, and
 * one kernel serves decode and prefill:
 *
 *   every panel of weights comes from memory once per block of rows, and meets them tile by tile:
 *   PACKED_TILE_ROWS rows x 2 vectors of features, all sums in registers
 *
 * packed_chunk.h and packed_tile.h have other instructions for it, and more rows at a time, where
 * there are some. Rows come in blocks that fit the workspace, some 1 MiB, a part of L2. Panels are
 * split over threads. Figures are in the ADR.
 */
#include "packed_tile.h"
#include "pool.h"
#include "tile_rows.h"

/* Blocks that share rounded rows, and the rows of one pass over their weights. */
typedef struct {
  const gatun_packed_block *blocks;
  int32_t num_blocks;
  const rounded_rows *x;
  float *out; /* of the first row, at the first block's first feature */
  int64_t out_stride;
  int64_t rows;
} packed_call;

INLINE void finish_rows(const tile_out *t, vf sums[2][PACKED_TILE_ROWS], const int R) {
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    finish_row(t, r, sums[0][r], sums[1][r]);
  }
}

/* BITS and R are constants after inlining, so the sums live in registers. */
INLINE void packed_tile(const tile_args *a, vf sums[2][PACKED_TILE_ROWS], const int BITS,
                        const int R) {
  const rounded_rows *x = a->x;
  const float *x_scales = x->scales + a->row * x->chunks;
  chunk_args chunk = {.x = x,
                      .bytes = bytes_at(x, a->row, 0),
                      .minus = x->minus + a->row * x->chunks,
                      .weights = a->values,
                      .zeros = a->zeros,
                      .zero_base = a->zero_base};
  const int64_t value_bytes = PANEL_FEATURES * x->chunk * BITS / 8;
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    sums[0][r] = vf_zero();
    sums[1][r] = vf_zero();
  }
  for (int64_t c = 0; c < x->chunks; c++) {
    vi dots[2][PACKED_TILE_ROWS];
    chunk.fetch = a->next + c * value_bytes + a->fetch_from;
    chunk.fetch_end = chunk.fetch + a->fetch_bytes;
    if (BITS == 8) {
      byte_chunk(&chunk, dots, R);
    } else {
      nibble_chunk(&chunk, dots, R);
      chunk.zeros = chunk.zeros == NULL ? NULL : chunk.zeros + PANEL_FEATURES / 2;
    }
    chunk.bytes += x->chunk * (PACKED_PAIRS ? 2 : 1);
    chunk.minus++;
    chunk.weights += value_bytes;
    vf scale0 = storage_load(a->scales, a->scale_type, c * PANEL_FEATURES);
    vf scale1 = storage_load(a->scales, a->scale_type, c * PANEL_FEATURES + VW);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      vf scale = vf_set1(x_scales[r * x->chunks + c]);
      sums[0][r] = vf_fma(vf_of(dots[0][r]), vf_mul(scale, scale0), sums[0][r]);
      sums[1][r] = vf_fma(vf_of(dots[1][r]), vf_mul(scale, scale1), sums[1][r]);
    }
  }
}

#define TILE(R)                        \
  do {                                 \
    vf sums[2][PACKED_TILE_ROWS];      \
    packed_tile(a, sums, BITS, R);     \
    finish_rows(t, sums, R);           \
  } while (0)

INLINE void tiles(const tile_args *a, const tile_out *t, int64_t rows, const int BITS) {
  FOR_ROWS(PACKED_TILE_ROWS, rows, TILE)
}

static void byte_tiles(const tile_args *a, const tile_out *t, int64_t rows) {
  tiles(a, t, rows, 8);
}

static void nibble_tiles(const tile_args *a, const tile_out *t, int64_t rows) {
  tiles(a, t, rows, 4);
}

static packed_layout layout_of(const gatun_packed_block *b, int64_t in_features) {
  return packed_layout_of(b->out_features, in_features, b->bits, b->chunk, b->scale_type,
                          b->has_zeros);
}

/* Rows from `first` on; value_bytes of a chunk of the next panel, which they fetch, or 0. */
static void few_rows(const packed_call *call, tile_args *a, tile_out *t, int32_t bits,
                     int64_t first, int64_t value_bytes) {
  int64_t tiles = (call->rows - first + PACKED_TILE_ROWS - 1) / PACKED_TILE_ROWS;
  int is_fetching = value_bytes > 0 && tiles > 1;
  int64_t share = is_fetching ? round_up((value_bytes + tiles - 1) / tiles, CACHE_LINE) : 0;
  a->next = is_fetching ? a->values + call->x->chunks * value_bytes : NULL;
  for (int64_t row = first; row < call->rows; row += PACKED_TILE_ROWS) {
    int64_t rows = call->rows - row;
    rows = rows < PACKED_TILE_ROWS ? rows : PACKED_TILE_ROWS;
    a->row = row;
    int64_t left = value_bytes - a->fetch_from;
    a->fetch_bytes = left < share ? left : share;
    (bits == 8 ? byte_tiles : nibble_tiles)(a, t, rows);
    a->fetch_from += share;
    t->out += rows * t->out_stride;
  }
}

/* All rows against panels [from, to) of one block, which starts at `column` of out. */
static void block_panels(const packed_call *call, const gatun_packed_block *block, int64_t column,
                         int64_t from, int64_t to) {
  packed_layout at = layout_of(block, call->x->in_features);
  const uint8_t *packed = block->packed;
  for (int64_t panel = from; panel < to; panel++) {
    int64_t cell = panel * at.chunks;
    int64_t feature = panel * PANEL_FEATURES;
    int64_t left = block->out_features - feature;
    float bias[PANEL_FEATURES];
    tile_out t = {.out = call->out + column + feature,
                  .out_stride = call->out_stride,
                  .features = left < PANEL_FEATURES ? left : PANEL_FEATURES};
    t.bias = load_bias(block, feature, t.features, bias);
    tile_args a = {.values = packed + cell * at.value_bytes,
                   .scales = packed + at.scales_at + cell * at.scale_bytes,
                   .zeros = at.zero_bytes == 0 ? NULL
                                               : packed + at.zeros_at + cell * at.zero_bytes,
                   .zero_base = block->zero_base,
                   .scale_type = block->scale_type,
                   .x = call->x};
    int64_t first = 0;
#if HAS_AMX
    first = many_rows(&a, &t, call->rows, block->bits);
    t.out += first * t.out_stride;
#endif
    few_rows(call, &a, &t, block->bits, first, panel + 1 == at.panels ? 0 : at.value_bytes);
  }
}

static int64_t panels_of(const gatun_packed_block *block) {
  return (block->out_features + PANEL_FEATURES - 1) / PANEL_FEATURES;
}

/* Panels [from, to), counted over all blocks together. */
static void packed_panels(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const packed_call *call = context;
  packed_tiles_begin(call->x->chunk);
  int64_t column = 0;
  int64_t before = 0;
  for (int32_t b = 0; b < call->num_blocks; b++) {
    const gatun_packed_block *block = &call->blocks[b];
    int64_t panels = panels_of(block);
    int64_t first = from < before ? before : from;
    int64_t last = to > before + panels ? before + panels : to;
    if (first < last) {
      block_panels(call, block, column, first - before, last - before);
    }
    before += panels;
    column += block->out_features;
  }
  packed_tiles_end();
}

int64_t gatun_cpu_packed_workspace(int64_t in_features) {
  int64_t bytes = row_bytes(in_features, 32) + row_bytes(in_features, MAX_CHUNK);
  int64_t rows = WORKSPACE_BYTES / bytes;
  rows = rows < MIN_BLOCK_ROWS ? MIN_BLOCK_ROWS : rows > MAX_BLOCK_ROWS ? MAX_BLOCK_ROWS : rows;
  return rows * bytes;
}

/* Blocks with the same columns and chunks, all rows. */
static int32_t run_blocks(gatun_pool *pool, packed_call *call, rounded_rows *x, int64_t rows,
                          char *workspace, int64_t workspace_bytes) {
  int64_t most = place_rows(x, workspace, workspace_bytes);
  if (most < 1) {
    return GATUN_INVALID_ARGUMENT;
  }
  int64_t panels = 0;
  for (int32_t b = 0; b < call->num_blocks; b++) {
    panels += panels_of(&call->blocks[b]);
  }
  for (int64_t row = 0; row < rows; row += most) {
    call->rows = rows - row < most ? rows - row : most;
    pool_run(pool, round_rows, x, call->rows, rows_grain(x->in_features));
    /* As in linear.c, at a fourth of the time per multiply-add. */
    int64_t work = PANEL_FEATURES * x->in_features * (call->rows + 3);
    pool_run(pool, packed_panels, call, panels, 1 + 262144 / work);
    x->x += call->rows * x->x_stride;
    call->out += call->rows * call->out_stride;
  }
  return GATUN_OK;
}

static int is_block(const gatun_packed_block *b) {
  int is_chunk = b->chunk == 32 || b->chunk == 64 || b->chunk == MAX_CHUNK;
  return is_chunk && (b->bits == 8 || b->bits == 4) && is_storage(b->scale_type) &&
         b->out_features > 0 && (b->bias == NULL || is_storage(b->bias_type)) &&
         (b->bits == 4 || !b->has_zeros);
}

int32_t gatun_cpu_packed_linear(gatun_pool *pool, float *out, int64_t out_stride, const float *x,
                                int64_t x_stride, const gatun_packed_block *blocks,
                                int32_t num_blocks, int64_t rows, int64_t in_features,
                                void *workspace, int64_t workspace_bytes) {
  if (num_blocks < 1 || rows < 0 || in_features < 1) {
    return GATUN_INVALID_ARGUMENT;
  }
  for (int32_t b = 0; b < num_blocks; b++) {
    if (!is_block(&blocks[b])) {
      return GATUN_INVALID_ARGUMENT;
    }
  }
  int64_t column = 0;
  for (int32_t b = 0; b < num_blocks;) {
    int32_t end = b;
    int64_t features = 0;
    while (end < num_blocks && blocks[end].columns == blocks[b].columns &&
           blocks[end].chunk == blocks[b].chunk) {
      features += blocks[end].out_features;
      end++;
    }
    int64_t chunk = blocks[b].chunk;
    rounded_rows r = {.x = x,
                      .x_stride = x_stride,
                      .columns = blocks[b].columns,
                      .in_features = in_features,
                      .chunk = chunk,
                      .chunks = (in_features + chunk - 1) / chunk};
    packed_call call = {.blocks = blocks + b,
                        .num_blocks = end - b,
                        .x = &r,
                        .out = out + column,
                        .out_stride = out_stride};
    int32_t status = run_blocks(pool, &call, &r, rows, workspace, workspace_bytes);
    if (status != GATUN_OK) {
      return status;
    }
    column += features;
    b = end;
  }
  return GATUN_OK;
}
