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
 * Rows come in blocks that fit the workspace, some 1 MiB, a part of L2. Panels are split over
 * threads. Figures are in the ADR.
 */
#include <math.h>

#include "packed.h"
#include "pool.h"
#include "tile_rows.h"

/* Bytes of rounded rows that leave room in L2 for a panel of weights. */
#define WORKSPACE_BYTES (768 << 10)
#define MIN_BLOCK_ROWS 24
#define MAX_BLOCK_ROWS 256

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
  for (int64_t row = from; row < to; row++) {
    const float *x = r->x + row * r->x_stride;
    for (int64_t c = 0; c < r->chunks; c++) {
      const float *values = chunk_of(r, x, c * r->chunk, buffer);
      round_chunk(values, r->chunk, r->bytes + row * r->byte_stride + c * r->chunk,
                  r->scales + row * r->chunks + c, r->minus + row * r->chunks + c);
    }
  }
}

/* Blocks that share rounded rows, and the rows of one pass over their weights. */
typedef struct {
  const gatun_packed_block *blocks;
  int32_t num_blocks;
  const rounded_rows *x;
  float *out; /* of the first row, at the first block's first feature */
  int64_t out_stride;
  int64_t rows;
} packed_call;

/* One tile: R rows from `row` on, one panel. */
typedef struct {
  const uint8_t *values;
  const void *scales;
  const uint8_t *zeros; /* null for the middle */
  int32_t zero_base;
  int32_t scale_type;
  const rounded_rows *x;
  int64_t row;
  const uint8_t *next;    /* the panel that follows, or null */
  int64_t fetch_from;     /* the part of each of its chunks that this tile brings to L2, bytes */
  int64_t fetch_bytes;
} tile_args;

/* Four bytes of a row, in every lane. */
INLINE vi four_bytes(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, sizeof four);
  return vi_set1(four);
}

/* One chunk of a tile: R rows of bytes against its weights; R is a constant after inlining. */
typedef struct {
  const rounded_rows *x;
  const int8_t *bytes;
  const int32_t *minus;
  const uint8_t *weights;
  const uint8_t *fetch; /* what is fetched meanwhile, a line a step */
  const uint8_t *fetch_end;
} chunk_args;

INLINE const uint8_t *fetch_line(const chunk_args *a, const uint8_t *line) {
  if (line < a->fetch_end) {
    __builtin_prefetch(line, 0, 2);
  }
  return line + CACHE_LINE;
}

INLINE void byte_chunk(const chunk_args *a, vi dots[2][PACKED_TILE_ROWS], const int R) {
  const rounded_rows *x = a->x;
  const uint8_t *w = a->weights;
  const uint8_t *fetch = a->fetch;
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    dots[0][r] = vi_set1(INT8_ZERO * a->minus[r * x->chunks]);
    dots[1][r] = dots[0][r];
  }
  for (int64_t i = 0; i < x->chunk; i += 4) {
    vi w0 = vi_load(w);
    vi w1 = vi_load(w + 4 * VW);
    fetch = fetch_line(a, fetch);
    w += 8 * VW;
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      vi four = four_bytes(a->bytes + r * x->byte_stride + i);
      dots[0][r] = vi_dot_bytes(dots[0][r], w0, four);
      dots[1][r] = vi_dot_bytes(dots[1][r], w1, four);
    }
  }
}

/* zeros of this chunk; null for the middle */
INLINE void nibble_chunk(const chunk_args *a, const uint8_t *zeros, int32_t zero_base,
                         vi dots[2][PACKED_TILE_ROWS], const int R) {
  const rounded_rows *x = a->x;
  const uint8_t *w = a->weights;
  const uint8_t *fetch = a->fetch;
  vi zero0 = vi_set1(8);
  vi zero1 = zero0;
  if (zeros != NULL) {
    vi both = vi_widen(zeros);
    zero0 = vi_add(vi_low_nibbles(both), vi_set1(zero_base));
    zero1 = vi_add(vi_high_nibbles(both), vi_set1(zero_base));
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    vi minus = vi_set1(a->minus[r * x->chunks]);
    dots[0][r] = vi_mul16(zero0, minus);
    dots[1][r] = vi_mul16(zero1, minus);
  }
  for (int64_t i = 0; i < x->chunk; i += 8) {
    vi w0 = vi_load(w);
    vi w1 = vi_load(w + 4 * VW);
    fetch = fetch_line(a, fetch);
    w += 8 * VW;
    vi low0 = vi_low_nibbles(w0);
    vi low1 = vi_low_nibbles(w1);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      vi four = four_bytes(a->bytes + r * x->byte_stride + i);
      dots[0][r] = vi_dot_nibbles(dots[0][r], low0, four);
      dots[1][r] = vi_dot_nibbles(dots[1][r], low1, four);
    }
    vi high0 = vi_high_nibbles(w0);
    vi high1 = vi_high_nibbles(w1);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      vi four = four_bytes(a->bytes + r * x->byte_stride + i + 4);
      dots[0][r] = vi_dot_nibbles(dots[0][r], high0, four);
      dots[1][r] = vi_dot_nibbles(dots[1][r], high1, four);
    }
  }
}

/* BITS and R are constants after inlining, so the sums live in registers. */
INLINE void packed_tile(const tile_args *a, vf sums[2][PACKED_TILE_ROWS], const int BITS,
                        const int R) {
  const rounded_rows *x = a->x;
  const float *x_scales = x->scales + a->row * x->chunks;
  chunk_args chunk = {.x = x,
                      .bytes = x->bytes + a->row * x->byte_stride,
                      .minus = x->minus + a->row * x->chunks,
                      .weights = a->values};
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
      const uint8_t *zeros = a->zeros == NULL ? NULL : a->zeros + c * (PANEL_FEATURES / 2);
      nibble_chunk(&chunk, zeros, a->zero_base, dots, R);
    }
    chunk.bytes += x->chunk;
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

typedef struct {
  const gatun_packed_block *block;
  float *out;
  int64_t out_stride;
  int64_t features; /* of this panel */
  int64_t feature;
} tile_out;

INLINE void finish(const tile_out *t, vf sums[2][PACKED_TILE_ROWS], const int R) {
  const gatun_packed_block *block = t->block;
  float bias[PANEL_FEATURES] = {0};
  for (int64_t f = 0; block->bias != NULL && f < t->features; f++) {
    bias[f] = storage_get(block->bias, block->bias_type, t->feature + f);
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    float *out = t->out + r * t->out_stride;
    vf low = block->bias == NULL ? sums[0][r] : vf_add(sums[0][r], vf_load(bias));
    vf high = block->bias == NULL ? sums[1][r] : vf_add(sums[1][r], vf_load(bias + VW));
    if (t->features == PANEL_FEATURES) {
      vf_store(out, low);
      vf_store(out + VW, high);
    } else {
      float row[PANEL_FEATURES];
      vf_store(row, low);
      vf_store(row + VW, high);
      memcpy(out, row, (size_t)t->features * sizeof *row);
    }
  }
}

#define TILE(R)                        \
  do {                                 \
    vf sums[2][PACKED_TILE_ROWS];      \
    packed_tile(a, sums, BITS, R);     \
    finish(t, sums, R);                \
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

/* All rows against panels [from, to) of one block, which starts at `column` of out. */
static void block_panels(const packed_call *call, const gatun_packed_block *block, int64_t column,
                         int64_t from, int64_t to) {
  packed_layout at = layout_of(block, call->x->in_features);
  const uint8_t *packed = block->packed;
  for (int64_t panel = from; panel < to; panel++) {
    int64_t cell = panel * at.chunks;
    int64_t feature = panel * PANEL_FEATURES;
    int64_t left = block->out_features - feature;
    tile_out t = {.block = block,
                  .out = call->out + column + feature,
                  .out_stride = call->out_stride,
                  .features = left < PANEL_FEATURES ? left : PANEL_FEATURES,
                  .feature = feature};
    tile_args a = {.values = packed + cell * at.value_bytes,
                   .scales = packed + at.scales_at + cell * at.scale_bytes,
                   .zeros = at.zero_bytes == 0 ? NULL
                                               : packed + at.zeros_at + cell * at.zero_bytes,
                   .zero_base = block->zero_base,
                   .scale_type = block->scale_type,
                   .x = call->x};
    int64_t tiles = (call->rows + PACKED_TILE_ROWS - 1) / PACKED_TILE_ROWS;
    int64_t share = round_up((at.value_bytes + tiles - 1) / tiles, CACHE_LINE);
    for (int64_t row = 0; row < call->rows; row += PACKED_TILE_ROWS) {
      int64_t rows = call->rows - row;
      rows = rows < PACKED_TILE_ROWS ? rows : PACKED_TILE_ROWS;
      a.row = row;
      if (panel + 1 < at.panels && tiles > 1) {
        a.fetch_from = row / PACKED_TILE_ROWS * share;
        int64_t left_bytes = at.value_bytes - a.fetch_from;
        a.fetch_bytes = left_bytes < share ? left_bytes : share;
        a.next = a.values + at.chunks * at.value_bytes;
      }
      (block->bits == 8 ? byte_tiles : nibble_tiles)(&a, &t, rows);
      t.out += rows * t.out_stride;
    }
  }
}

static int64_t panels_of(const gatun_packed_block *block) {
  return (block->out_features + PANEL_FEATURES - 1) / PANEL_FEATURES;
}

/* Panels [from, to), counted over all blocks together. */
static void packed_panels(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const packed_call *call = context;
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
}

static int64_t row_bytes(int64_t in_features, int64_t chunk) {
  int64_t chunks = (in_features + chunk - 1) / chunk;
  /* 64 more, so that the rows of a tile do not fall into the same sets of L1. */
  return round_up(chunks * chunk, 64) + 64 + chunks * 8;
}

int64_t gatun_cpu_packed_workspace(int64_t in_features) {
  int64_t bytes = row_bytes(in_features, 32) + row_bytes(in_features, MAX_CHUNK);
  int64_t rows = WORKSPACE_BYTES / bytes;
  rows = rows < MIN_BLOCK_ROWS ? MIN_BLOCK_ROWS : rows > MAX_BLOCK_ROWS ? MAX_BLOCK_ROWS : rows;
  return rows * bytes;
}

/* Places rounded rows in the workspace; returns how many it takes. */
static int64_t place_rows(rounded_rows *r, char *workspace, int64_t bytes) {
  int64_t rows = bytes / row_bytes(r->in_features, r->chunk);
  rows = rows > MAX_BLOCK_ROWS ? MAX_BLOCK_ROWS : rows;
  r->byte_stride = round_up(r->chunks * r->chunk, 64) + 64;
  r->bytes = (int8_t *)workspace;
  r->scales = (float *)(void *)(workspace + rows * r->byte_stride);
  r->minus = (int32_t *)(void *)(r->scales + rows * r->chunks);
  return rows;
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
