/*
 * Attention of one unit over one partition, in tiles of KEY_TILE positions.
 *
 * Keys of a tile are packed to [head_dim, KEY_TILE] once for all rows of the unit, so that scores
 * are a product of matrices without sums across lanes:
 *
 *   scores[row, j] = sum over i of q[row, i] keys[i, j]
 *   sums[row, i]  += sum over j of exp(scores[row, j] - maximum[row]) values[j, i]
 *
 * A row begins anew in each partition, with a running maximum, and sees its own positions of a
 * tile alone: neither the rows beside it nor the begin of a chunk change its bits. Values that a
 * row does not attend to are not even multiplied by zero, since they may be infinite or NaN.
 */
#include <string.h>

#include "attention_tile.h"
#include "simd_math.h"

#define NO_MAXIMUM (-__builtin_inff())

/* The rows that go through a tile together. Positions count from the base of the tile. */
typedef struct {
  int count;
  int64_t row[TILE_ROWS];
  int64_t low[TILE_ROWS]; /* own positions [low, high), never none */
  int64_t high[TILE_ROWS];
  const float *q[TILE_ROWS];
  float *scores[TILE_ROWS];
  float *sums[TILE_ROWS];
} tile_rows;

static int64_t token_of(const attention_call *call, const attention_unit *unit, int64_t row) {
  return row / call->group % unit->tokens;
}

static int64_t head_of(const attention_call *call, const attention_unit *unit, int64_t row) {
  return (unit->kv_head + row / (call->group * unit->tokens)) * call->group + row % call->group;
}

static int64_t own_low(const attention_call *call, const attention_unit *unit, int64_t row) {
  return first_key(call, unit->position + token_of(call, unit, row));
}

static int64_t own_high(const attention_call *call, const attention_unit *unit, int64_t row) {
  return unit->position + token_of(call, unit, row) + 1;
}

/* Offsets of the first KV head at the positions of a tile; what no row attends to has any. */
static void find_tile(const attention_call *call, const attention_unit *unit, int64_t base,
                      int64_t *offsets) {
  const int32_t *table = call->block_tables + unit->sequence * call->max_blocks;
  int64_t from = largest_of(base, unit->from);
  int64_t to = smallest_of(base + KEY_TILE, unit->to);
  for (int64_t position = from; position < to; position++) {
    int64_t block = position / call->block_size;
    int64_t row = (position - block * call->block_size) * call->num_kv_heads;
    offsets[position - base] = table[block] * call->block_stride + row * call->head_width;
  }
  for (int64_t j = 0; j < from - base; j++) {
    offsets[j] = offsets[from - base];
  }
  for (int64_t j = to - base; j < KEY_TILE; j++) {
    offsets[j] = offsets[from - base];
  }
}

/*
 * Packs keys and finds or widens values of positions [from, to) of a tile, and asks for those of
 * the next tile, or next is null: rows of one head lie too far apart for the processor to guess.
 */
INLINE void load_typed_tile(const attention_call *call, attention_scratch *scratch,
                            int64_t kv_head, int64_t from, int64_t to, int64_t num_rows,
                            const int64_t *offsets, const int64_t *next, const int32_t TYPE) {
  int64_t width = padded(call->head_dim);
  int is_in_place = TYPE == GATUN_F32 && call->head_dim == width && num_rows <= 2 * TILE_ROWS;
  const void *keys = storage_at(call->keys, TYPE, kv_head * call->head_width);
  const void *values = storage_at(call->values, TYPE, kv_head * call->head_width);
  for (int64_t j = from / VW * VW; j < to; j += VW) {
    for (int64_t n = j; n < j + VW; n++) {
      scratch->key_at[n] = storage_at(keys, TYPE, offsets[n]);
    }
    pack_keys(scratch->keys, j, scratch->key_at + j, keys, next, TYPE, call->head_dim);
  }
  for (int64_t j = from; j < to; j++) {
    const void *value = storage_at(values, TYPE, offsets[j]);
    scratch->value_at[j] = is_in_place ? value : scratch->values + j * width;
    if (!is_in_place) {
      widen(scratch->values + j * width, value, TYPE, call->head_dim);
    }
    if (next != NULL) {
      const char *next_value = storage_at(values, TYPE, next[j]);
      scratch->next_value_at[j] = (const float *)(const void *)next_value;
      if (!is_in_place) {
        for (int64_t i = 0; i < call->head_dim * storage_bytes(TYPE); i += CACHE_LINE) {
          __builtin_prefetch(next_value + i, 0, 2);
        }
      }
    }
  }
  scratch->prefetches_values = is_in_place && next != NULL;
}

static void load_tile(const attention_call *call, attention_scratch *scratch, int64_t kv_head,
                      int64_t from, int64_t to, int64_t num_rows, const int64_t *offsets,
                      const int64_t *next) {
  if (call->type == GATUN_F32) {
    load_typed_tile(call, scratch, kv_head, from, to, num_rows, offsets, next, GATUN_F32);
  } else if (call->type == GATUN_F16) {
    load_typed_tile(call, scratch, kv_head, from, to, num_rows, offsets, next, GATUN_F16);
  } else if (call->type == GATUN_I8) {
    load_typed_tile(call, scratch, kv_head, from, to, num_rows, offsets, next, GATUN_I8);
  } else {
    load_typed_tile(call, scratch, kv_head, from, to, num_rows, offsets, next, GATUN_BF16);
  }
}

/* Those of rows [row, end) that attend to some of the positions [from, to). */
static void select_rows(const attention_call *call, const attention_scratch *scratch,
                        const attention_unit *unit, const row_states *states, int64_t row,
                        int64_t end, int64_t base, int64_t from, int64_t to, tile_rows *tile) {
  tile->count = 0;
  for (; row < end; row++) {
    int64_t low = largest_of(own_low(call, unit, row), from) - base;
    int64_t high = smallest_of(own_high(call, unit, row), to) - base;
    if (low < high) {
      int n = tile->count++;
      tile->row[n] = row;
      tile->low[n] = low;
      tile->high[n] = high;
      tile->q[n] = call->q + (unit->token + token_of(call, unit, row)) * call->q_stride +
                   head_of(call, unit, row) * call->head_dim;
      tile->scores[n] = scratch->scores + n * KEY_TILE;
      tile->sums[n] = states->sums + row * padded(call->head_dim);
    }
  }
}

/* Scales and caps scores [low, high); beside them, up to whole vectors, exp will give 0. */
INLINE float finish_scores(const attention_call *call, float *scores, int64_t low, int64_t high,
                           float maximum) {
  int64_t begin = low / VW * VW;
  vf scale = vf_set1(call->scale);
  vf cap = vf_set1(call->soft_cap);
  vf maxima = vf_set1(maximum);
  for (int64_t j = begin; j < high; j += VW) {
    vf x = vf_mul(vf_load(scores + j), scale);
    if (call->soft_cap > 0) {
      x = vf_mul(cap, vf_tanh(vf_div(x, cap)));
    }
    vf_store(scores + j, x);
  }
  for (int64_t j = begin; j < low; j++) {
    scores[j] = NO_MAXIMUM;
  }
  for (int64_t j = high; j % VW != 0; j++) {
    scores[j] = NO_MAXIMUM;
  }
  for (int64_t j = begin; j < high; j += VW) {
    maxima = vf_max(vf_load(scores + j), maxima); /* passes over NaN */
  }
  return vf_largest(maxima);
}

INLINE float exp_scores(float *scores, int64_t low, int64_t high, float maximum) {
  vf sum = vf_zero();
  for (int64_t j = low / VW * VW; j < high; j += VW) {
    vf weight = vf_exp(vf_sub(vf_load(scores + j), vf_set1(maximum)));
    vf_store(scores + j, weight);
    sum = vf_add(weight, sum);
  }
  return vf_sum(sum);
}

static void scale_sums(float *sums, float factor, int64_t width) {
  for (int64_t i = 0; i < width; i += VW) {
    vf_store(sums + i, vf_mul(vf_load(sums + i), vf_set1(factor)));
  }
}

/* Scores to weights; sums that are there already become relative to the new maxima. */
static void softmax(const attention_call *call, const row_states *states, const tile_rows *tile) {
  float changes[TILE_ROWS + VW] = {0};
  for (int n = 0; n < tile->count; n++) {
    float before = states->maxima[tile->row[n]];
    float after = finish_scores(call, tile->scores[n], tile->low[n], tile->high[n], before);
    changes[n] = before - after;
    states->maxima[tile->row[n]] = after;
  }
  for (int n = 0; n < tile->count; n += VW) {
    vf_store(changes + n, vf_exp(vf_load(changes + n)));
  }
  for (int n = 0; n < tile->count; n++) {
    int64_t row = tile->row[n];
    float sum = exp_scores(tile->scores[n], tile->low[n], tile->high[n], states->maxima[row]);
    states->weights[row] = states->weights[row] * changes[n] + sum;
    if (changes[n] != 1.0f) {
      scale_sums(tile->sums[n], changes[n], padded(call->head_dim));
    }
  }
}

/* Positions that all rows have in common go together, those before and behind row by row. */
static void add_own_values(const attention_call *call, const attention_scratch *scratch,
                           const tile_rows *tile, const float *const *next) {
  int64_t width = padded(call->head_dim);
  int64_t low = 0;
  int64_t high = KEY_TILE;
  for (int n = 0; n < tile->count; n++) {
    low = largest_of(low, tile->low[n]);
    high = smallest_of(high, tile->high[n]);
  }
  high = largest_of(low, high);
  const float *const *weights = (const float *const *)tile->scores;
  for (int n = 0; n < tile->count; n++) {
    int64_t end = smallest_of(low, tile->high[n]);
    if (tile->low[n] < end) {
      add_values_rows(tile->sums + n, weights + n, scratch->value_at, NULL, tile->low[n], end,
                      width, 1);
    }
  }
  if (low < high) {
    add_values_rows(tile->sums, weights, scratch->value_at, next, low, high, width,
                    tile->count);
  }
  for (int n = 0; n < tile->count; n++) {
    int64_t begin = largest_of(high, tile->low[n]);
    if (begin < tile->high[n]) {
      add_values_rows(tile->sums + n, weights + n, scratch->value_at, NULL, begin, tile->high[n],
                      width, 1);
    }
  }
}

/* One KV head of the tile at base, of which rows attend to positions [from, to). */
static void attend_tile(const attention_call *call, attention_scratch *scratch,
                        const attention_unit *unit, const row_states *states, int64_t kv_head,
                        int64_t base, int64_t from, int64_t to, const int64_t *offsets,
                        const int64_t *next) {
  int64_t rows = unit->tokens * call->group;
  int64_t num_groups = (rows + TILE_ROWS - 1) / TILE_ROWS;
  int64_t step = (rows + num_groups - 1) / num_groups;
  int64_t first = (kv_head - unit->kv_head) * rows;
  load_tile(call, scratch, kv_head, from - base, to - base, rows, offsets, next);
  for (int64_t row = first; row < first + rows; row += step) {
    tile_rows tile;
    int64_t end = smallest_of(row + step, first + rows);
    select_rows(call, scratch, unit, states, row, end, base, from, to, &tile);
    if (tile.count > 0) {
      int64_t low = KEY_TILE;
      int64_t high = 0;
      for (int n = 0; n < tile.count; n++) {
        low = smallest_of(low, tile.low[n]);
        high = largest_of(high, tile.high[n]);
      }
      score_rows(tile.scores, tile.q, scratch->keys, call->head_dim, low, high, tile.count);
      softmax(call, states, &tile);
      int asks = row == first && scratch->prefetches_values;
      add_own_values(call, scratch, &tile, asks ? scratch->next_value_at : NULL);
    }
  }
}

void attention_partition(const attention_call *call, attention_scratch *scratch,
                         const attention_unit *unit, int64_t from, int64_t to,
                         const row_states *states) {
  memset(states->sums, 0, (size_t)(unit->rows * padded(call->head_dim)) * sizeof(float));
  for (int64_t row = 0; row < unit->rows; row++) {
    states->maxima[row] = NO_MAXIMUM;
    states->weights[row] = 0;
  }
  int64_t base = from / KEY_TILE * KEY_TILE;
  int side = 0;
  find_tile(call, unit, base, scratch->offsets[side]);
  for (; base < to; base += KEY_TILE) {
    int has_next = base + KEY_TILE < unit->to;
    const int64_t *offsets = scratch->offsets[side];
    int64_t *next = scratch->offsets[side ^= 1];
    if (has_next) {
      find_tile(call, unit, base + KEY_TILE, next);
    }
    for (int64_t i = 0; i < unit->num_heads; i++) {
      attend_tile(call, scratch, unit, states, unit->kv_head + i, base, largest_of(from, base),
                  smallest_of(to, base + KEY_TILE), offsets, has_next ? next : NULL);
    }
  }
}

void attention_begin(const attention_call *call, const attention_unit *unit,
                     const row_states *merged) {
  memset(merged->sums, 0, (size_t)(unit->rows * padded(call->head_dim)) * sizeof(float));
  for (int64_t row = 0; row < unit->rows; row++) {
    int64_t head = head_of(call, unit, row);
    merged->maxima[row] = call->sinks == NULL ? NO_MAXIMUM : call->sinks[head];
    merged->weights[row] = call->sinks == NULL ? 0.0f : 1.0f;
  }
}

void attention_merge(const attention_call *call, const attention_unit *unit, int64_t from,
                     int64_t to, const row_states *merged, const row_states *states) {
  int64_t width = padded(call->head_dim);
  for (int64_t row = 0; row < unit->rows; row++) {
    if (largest_of(own_low(call, unit, row), from) >= smallest_of(own_high(call, unit, row), to)) {
      continue;
    }
    float before = merged->maxima[row];
    float added = states->maxima[row];
    float maximum = before > added ? before : added;
    float factors[VW] = {before - maximum, added - maximum};
    vf_store(factors, vf_exp(vf_load(factors)));
    float *sums = merged->sums + row * width;
    for (int64_t i = 0; i < width; i += VW) {
      vf kept = vf_mul(vf_load(sums + i), vf_set1(factors[0]));
      vf more = vf_load(states->sums + row * width + i);
      vf_store(sums + i, vf_fma(more, vf_set1(factors[1]), kept));
    }
    merged->weights[row] = merged->weights[row] * factors[0] + states->weights[row] * factors[1];
    merged->maxima[row] = maximum;
  }
}

void attention_write(const attention_call *call, const attention_unit *unit,
                     const row_states *merged) {
  for (int64_t row = 0; row < unit->rows; row++) {
    float *out = call->out + (unit->token + token_of(call, unit, row)) * call->out_stride +
                 head_of(call, unit, row) * call->head_dim;
    const float *sums = merged->sums + row * padded(call->head_dim);
    float inverse = 1.0f / merged->weights[row];
    for (int64_t i = 0; i < call->head_dim; i++) {
      out[i] = sums[i] * inverse;
    }
  }
}
