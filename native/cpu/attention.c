/*
 * paged_attention: softmax(scale q k^T) v, causal, through block tables.
 *
 *   q, out   [numTokens, num_heads * head_dim]
 *   keys     [num_blocks, block_size, num_kv_heads, head_dim], values alike, F32, F16 or BF16
 *
 * The unit of work is one KV head of some query tokens of one sequence: keys and values of
 * KEY_TILE positions are widened once and serve all those tokens and all query heads that share
 * them. Softmax is online: per (token, head) a running maximum, sum and weighted values. Key tiles
 * start at multiples of KEY_TILE of the position and each token visits its own positions in order,
 * so its bits depend on its sequence alone. Units are split over threads by their cost.
 */
#include "pool.h"
#include "simd_math.h"
#include "storage.h"

#define KEY_TILE 64
#define UNIT_ROWS 32 /* (token, head) pairs of a unit, unless one token has more heads */
#define NO_MAXIMUM (-__builtin_inff())

typedef struct {
  float *out;
  int64_t out_stride;
  const float *q;
  int64_t q_stride;
  const void *keys;
  const void *values;
  int32_t type;
  int64_t block_stride;
  int64_t block_size;
  const int32_t *query_start;
  const int32_t *context_lens;
  const int32_t *block_tables;
  int64_t max_blocks;
  int64_t num_sequences;
  int64_t num_heads;
  int64_t num_kv_heads;
  int64_t head_dim;
  int64_t group; /* query heads per KV head */
  float scale;
  float soft_cap;
  int64_t window;
  const float *sinks;
  float *workspace;
  int64_t workspace_per_worker;
  int64_t total_cost;
  int64_t num_parts;
} attention_call;

/* A worker's part of the workspace. */
typedef struct {
  float *keys;    /* [KEY_TILE, padded head_dim], used unless the cache is F32 */
  float *values;
  float *sums;    /* [rows, padded head_dim] */
  float *maxima;  /* [rows] */
  float *weights; /* [rows], sums of exp */
  float *scores;  /* [KEY_TILE] */
  const float *key_at[KEY_TILE];
  const float *value_at[KEY_TILE];
} unit_scratch;

static int64_t padded(int64_t head_dim) { return (head_dim + 15) / 16 * 16; }

static int64_t tokens_per_unit(int64_t group) { return group >= UNIT_ROWS ? 1 : UNIT_ROWS / group; }

static int64_t floats_per_worker(int64_t group, int64_t head_dim) {
  int64_t rows = tokens_per_unit(group) * group;
  int64_t state = (2 * rows + 15) / 16 * 16;
  return (2 * KEY_TILE + rows) * padded(head_dim) + state + KEY_TILE;
}

static void lay_out(const attention_call *call, int32_t worker, unit_scratch *scratch) {
  int64_t width = padded(call->head_dim);
  int64_t rows = tokens_per_unit(call->group) * call->group;
  scratch->keys = call->workspace + worker * call->workspace_per_worker;
  scratch->values = scratch->keys + KEY_TILE * width;
  scratch->sums = scratch->values + KEY_TILE * width;
  scratch->scores = scratch->sums + rows * width;
  scratch->maxima = scratch->scores + KEY_TILE;
  scratch->weights = scratch->maxima + rows;
}

static int64_t first_key(const attention_call *call, int64_t position) {
  int64_t first = position + 1 - call->window;
  return call->window == 0 || first < 0 ? 0 : first;
}

INLINE void widen(float *out, const void *from, int32_t type, int64_t length) {
  int64_t i = 0;
  for (; i + VW <= length; i += VW) {
    vf_store(out + i, storage_load(from, type, i));
  }
  if (i < length) {
    vf_store_n(out + i, storage_load_n(from, type, i, length - i), length - i);
  }
}

/* Points key_at and value_at to positions [from, to), all of the tile that starts at base. */
static void load_tile(const attention_call *call, unit_scratch *scratch, int64_t sequence,
                      int64_t kv_head, int64_t base, int64_t from, int64_t to) {
  const int32_t *table = call->block_tables + sequence * call->max_blocks;
  int64_t width = padded(call->head_dim);
  for (int64_t position = from; position < to; position++) {
    int64_t offset = position % call->block_size;
    int64_t at = table[position / call->block_size] * call->block_stride +
                 (offset * call->num_kv_heads + kv_head) * call->head_dim;
    int64_t j = position - base;
    const void *key = storage_at(call->keys, call->type, at);
    const void *value = storage_at(call->values, call->type, at);
    if (call->type == GATUN_F32) {
      scratch->key_at[j] = key;
      scratch->value_at[j] = value;
    } else {
      widen(scratch->keys + j * width, key, call->type, call->head_dim);
      widen(scratch->values + j * width, value, call->type, call->head_dim);
      scratch->key_at[j] = scratch->keys + j * width;
      scratch->value_at[j] = scratch->values + j * width;
    }
  }
}

/* Dot products of q with N keys, N being 4 or 1 with the same bits. */
INLINE void dots(const float *q, const float *const *keys, int64_t head_dim, float *scores,
                 const int N) {
  vf sums[4] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};
  int64_t i = 0;
  for (; i + VW <= head_dim; i += VW) {
    vf query = vf_load(q + i);
#pragma GCC unroll 4
    for (int j = 0; j < N; j++) {
      sums[j] = vf_fma(query, vf_load(keys[j] + i), sums[j]);
    }
  }
  int64_t rest = head_dim - i;
  if (rest > 0) {
    vf query = vf_load_n(q + i, rest);
#pragma GCC unroll 4
    for (int j = 0; j < N; j++) {
      sums[j] = vf_fma(query, vf_load_n(keys[j] + i, rest), sums[j]);
    }
  }
  if (N == 4) {
    vf_store_sum4(scores, sums[0], sums[1], sums[2], sums[3]);
  } else {
    scores[0] = vf_sum(sums[0]);
  }
}

static float largest(vf lanes, float start) {
  float values[VW];
  vf_store(values, lanes);
  for (int i = 0; i < VW; i++) {
    start = values[i] > start ? values[i] : start;
  }
  return start;
}

static float exp_of(float x) {
  float lanes[VW];
  vf_store(lanes, vf_exp(vf_set1(x)));
  return lanes[0];
}

/* Scales and caps `count` scores; returns the maximum of them and `maximum`. NaN is passed over. */
static float cap_scores(const attention_call *call, float *scores, int64_t count, float maximum) {
  vf scale = vf_set1(call->scale);
  vf cap = vf_set1(call->soft_cap);
  vf maxima = vf_set1(NO_MAXIMUM);
  for (int64_t j = count; j % VW != 0; j++) {
    scores[j] = 0;
  }
  for (int64_t j = 0; j < count; j += VW) {
    vf score = vf_mul(vf_load(scores + j), scale);
    if (call->soft_cap > 0) {
      score = vf_mul(cap, vf_tanh(vf_div(score, cap)));
    }
    vf_store(scores + j, score);
  }
  /* Behind the last: exp gives 0. */
  for (int64_t j = count; j % VW != 0; j++) {
    scores[j] = NO_MAXIMUM;
  }
  for (int64_t j = 0; j < count; j += VW) {
    maxima = vf_max(vf_load(scores + j), maxima);
  }
  return largest(maxima, maximum);
}

/* sums = sums * correction + weights * values, in order of positions. */
static void add_values(float *sums, const float *weights, const float *const *values,
                       int64_t count, int64_t head_dim, float correction) {
  vf factor = vf_set1(correction);
  int64_t i = 0;
  for (; i + 4 * VW <= head_dim; i += 4 * VW) {
    vf s[4];
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) {
      s[c] = vf_mul(vf_load(sums + i + c * VW), factor);
    }
    for (int64_t j = 0; j < count; j++) {
      vf weight = vf_set1(weights[j]);
#pragma GCC unroll 4
      for (int c = 0; c < 4; c++) {
        s[c] = vf_fma(weight, vf_load(values[j] + i + c * VW), s[c]);
      }
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) {
      vf_store(sums + i + c * VW, s[c]);
    }
  }
  for (; i < head_dim; i += VW) {
    int64_t n = head_dim - i;
    vf s = vf_mul(vf_load(sums + i), factor);
    for (int64_t j = 0; j < count; j++) {
      vf value = n >= VW ? vf_load(values[j] + i) : vf_load_n(values[j] + i, n);
      s = vf_fma(vf_set1(weights[j]), value, s);
    }
    vf_store(sums + i, s);
  }
}

/* Takes `count` positions of a tile, the first at index `first`, into one (token, head). */
static void attend_tile(const attention_call *call, unit_scratch *scratch, const float *q,
                        int64_t row, int64_t first, int64_t count) {
  float *scores = scratch->scores;
  const float *const *keys = scratch->key_at + first;
  int64_t j = 0;
  for (; j + 4 <= count; j += 4) {
    dots(q, keys + j, call->head_dim, scores + j, 4);
  }
  for (; j < count; j++) {
    dots(q, keys + j, call->head_dim, scores + j, 1);
  }
  float maximum = cap_scores(call, scores, count, scratch->maxima[row]);
  float correction = exp_of(scratch->maxima[row] - maximum);
  vf sum = vf_zero();
  for (j = 0; j < count; j += VW) {
    vf weight = vf_exp(vf_sub(vf_load(scores + j), vf_set1(maximum)));
    vf_store(scores + j, weight);
    sum = vf_add(weight, sum);
  }
  scratch->maxima[row] = maximum;
  scratch->weights[row] = scratch->weights[row] * correction + vf_sum(sum);
  add_values(scratch->sums + row * padded(call->head_dim), scores, scratch->value_at + first,
             count, call->head_dim, correction);
}

static void begin_rows(const attention_call *call, unit_scratch *scratch, int64_t kv_head,
                       int64_t rows) {
  int64_t width = padded(call->head_dim);
  memset(scratch->sums, 0, (size_t)(rows * width) * sizeof(float));
  for (int64_t row = 0; row < rows; row++) {
    int64_t head = kv_head * call->group + row % call->group;
    scratch->maxima[row] = call->sinks == NULL ? NO_MAXIMUM : call->sinks[head];
    scratch->weights[row] = call->sinks == NULL ? 0.0f : 1.0f;
  }
}

static void write_rows(const attention_call *call, const unit_scratch *scratch, int64_t kv_head,
                       int64_t token, int64_t rows) {
  int64_t width = padded(call->head_dim);
  for (int64_t row = 0; row < rows; row++) {
    int64_t head = kv_head * call->group + row % call->group;
    float *out = call->out + (token + row / call->group) * call->out_stride;
    const float *sums = scratch->sums + row * width;
    float inverse = 1.0f / scratch->weights[row];
    for (int64_t i = 0; i < call->head_dim; i++) {
      out[head * call->head_dim + i] = sums[i] * inverse;
    }
  }
}

/* One KV head of scheduled tokens [begin, end) of a sequence; `position` is that of `begin`. */
static void attend_unit(const attention_call *call, unit_scratch *scratch, int64_t sequence,
                        int64_t kv_head, int64_t begin, int64_t end, int64_t position) {
  int64_t rows = (end - begin) * call->group;
  begin_rows(call, scratch, kv_head, rows);
  int64_t from = first_key(call, position);
  int64_t to = position + (end - begin);
  for (int64_t base = from / KEY_TILE * KEY_TILE; base < to; base += KEY_TILE) {
    int64_t first = from > base ? from : base;
    int64_t last = to < base + KEY_TILE ? to : base + KEY_TILE;
    load_tile(call, scratch, sequence, kv_head, base, first, last);
    for (int64_t row = 0; row < rows; row++) {
      int64_t token = row / call->group;
      int64_t own_first = first_key(call, position + token);
      int64_t own_last = position + token + 1;
      own_first = own_first > first ? own_first : first;
      own_last = own_last < last ? own_last : last;
      if (own_first < own_last) {
        int64_t head = kv_head * call->group + row % call->group;
        const float *q = call->q + (begin + token) * call->q_stride + head * call->head_dim;
        attend_tile(call, scratch, q, row, own_first - base, own_last - own_first);
      }
    }
  }
  write_rows(call, scratch, kv_head, begin, rows);
}

/* Walks over all units; runs those whose cost begins in the part's share, or only adds it up. */
static int64_t walk(const attention_call *call, unit_scratch *scratch, int64_t part) {
  int64_t begin_cost = part < 0 ? 0 : call->total_cost * part / call->num_parts;
  int64_t end_cost = part < 0 ? 0 : call->total_cost * (part + 1) / call->num_parts;
  int64_t step = tokens_per_unit(call->group);
  int64_t cost = 0;
  for (int64_t s = 0; s < call->num_sequences; s++) {
    int64_t queries = call->query_start[s + 1] - call->query_start[s];
    for (int64_t t = 0; t < queries; t += step) {
      int64_t count = queries - t < step ? queries - t : step;
      int64_t position = call->context_lens[s] - queries + t;
      int64_t unit_cost = (position + count - first_key(call, position)) * (count + 1);
      for (int64_t kv_head = 0; kv_head < call->num_kv_heads; kv_head++) {
        if (part >= 0 && cost >= begin_cost && cost < end_cost) {
          int64_t begin = call->query_start[s] + t;
          attend_unit(call, scratch, s, kv_head, begin, begin + count, position);
        }
        cost += unit_cost;
      }
    }
  }
  return cost;
}

static void attend_parts(void *context, int32_t worker, int64_t from, int64_t to) {
  const attention_call *call = context;
  unit_scratch scratch;
  lay_out(call, worker, &scratch);
  for (int64_t part = from; part < to; part++) {
    walk(call, &scratch, part);
  }
}

int64_t gatun_cpu_attention_workspace(const gatun_pool *pool, int64_t num_heads,
                                      int64_t num_kv_heads, int64_t head_dim) {
  return pool_size(pool) * floats_per_worker(num_heads / num_kv_heads, head_dim);
}

int32_t gatun_cpu_paged_attention(
    gatun_pool *pool, float *out, int64_t out_stride, const float *q, int64_t q_stride,
    const void *keys, const void *values, int32_t kv_type, int64_t block_stride,
    int64_t block_size, const int32_t *query_start, const int32_t *context_lens,
    const int32_t *block_tables, int64_t max_blocks, int64_t num_sequences, int64_t num_heads,
    int64_t num_kv_heads, int64_t head_dim, float scale, float soft_cap, int64_t window,
    const float *sinks, float *workspace) {
  if (!is_storage(kv_type) || block_size < 1 || num_kv_heads < 1 || head_dim < 1 ||
      num_sequences < 0 || num_heads % num_kv_heads != 0 || window < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  attention_call call = {out, out_stride, q, q_stride, keys, values, kv_type, block_stride,
                         block_size, query_start, context_lens, block_tables, max_blocks,
                         num_sequences, num_heads, num_kv_heads, head_dim,
                         num_heads / num_kv_heads, scale, soft_cap, window, sinks, workspace,
                         floats_per_worker(num_heads / num_kv_heads, head_dim), 0, 1};
  call.total_cost = walk(&call, NULL, -1);
  /* Some thousands of (token, position, head) dot products outweigh waking a thread. */
  if (call.total_cost * call.group > 512) {
    call.num_parts = pool_size(pool);
  }
  pool_run(pool, attend_parts, &call, call.num_parts, 1);
  return GATUN_OK;
}
