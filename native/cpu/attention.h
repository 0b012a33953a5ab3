/* What the two files of paged_attention share: the call, a unit of work, the states of rows. */
#ifndef GATUN_ATTENTION_H
#define GATUN_ATTENTION_H

#include "gatun_cpu.h"
#include "simd.h"

#define KEY_TILE 64                /* positions whose keys are packed at once */
#define UNIT_ROWS 60               /* (token, head) pairs of a unit, unless a group has more */

/* Rows that share loads of keys and values: their sums of four vectors each stay in registers. */
#define TILE_ROWS LINEAR_TILE_ROWS

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
  int64_t group;      /* query heads per KV head */
  int64_t head_width; /* elements from one KV head to the next */
  float scale;
  float soft_cap;
  int64_t window;
  const float *sinks;
  float *workspace;
  int64_t num_workers;
  int64_t max_heads; /* KV heads of a unit */
  int64_t total_cost;
  int64_t num_parts;
} attention_call;

/* Some KV heads of some scheduled tokens of a sequence. */
typedef struct {
  int64_t sequence;
  int64_t kv_head;  /* the first */
  int64_t num_heads;
  int64_t token;    /* the first, a row of q */
  int64_t tokens;
  int64_t position; /* of that token */
  int64_t rows;     /* [num_heads, tokens, group] */
  int64_t from;     /* positions [from, to) that any row attends to */
  int64_t to;
  int64_t weight;   /* cost of one position */
  int64_t cost;     /* that of the units before it */
} attention_unit;

/* Softmax over some positions: value sums are relative to exp(maximum). */
typedef struct {
  float *maxima;  /* [rows] */
  float *weights; /* [rows], sums of exp */
  float *sums;    /* [rows, padded head_dim] */
} row_states;

/* A worker's part of the workspace. */
typedef struct {
  float *keys;    /* [head_dim, KEY_TILE] */
  float *values;  /* [KEY_TILE, padded head_dim] */
  float *scores;  /* [TILE_ROWS, KEY_TILE] */
  row_states partition;
  row_states merged;
  int64_t offsets[2][KEY_TILE]; /* of positions in the cache: this tile's and the next one's */
  const void *key_at[KEY_TILE];
  const float *value_at[KEY_TILE];
  const float *next_value_at[KEY_TILE];
  int prefetches_values; /* those of the next tile while this one's are read */
} attention_scratch;

static inline int64_t padded(int64_t head_dim) { return (head_dim + 15) / 16 * 16; }

static inline int64_t largest_of(int64_t a, int64_t b) { return a > b ? a : b; }

static inline int64_t smallest_of(int64_t a, int64_t b) { return a < b ? a : b; }

/* The first position that the token at `position` attends to. */
static inline int64_t first_key(const attention_call *call, int64_t position) {
  return call->window == 0 ? 0 : largest_of(0, position + 1 - call->window);
}

/* Takes positions [from, to), all of one partition, into fresh states of the unit's rows. */
void attention_partition(const attention_call *call, attention_scratch *scratch,
                         const attention_unit *unit, int64_t from, int64_t to,
                         const row_states *states);

/* States of rows that have seen the sinks alone. */
void attention_begin(const attention_call *call, const attention_unit *unit,
                     const row_states *merged);

/* Adds the states that a partition [from, to) has left. */
void attention_merge(const attention_call *call, const attention_unit *unit, int64_t from,
                     int64_t to, const row_states *merged, const row_states *states);

/* Writes the unit's rows of `out`. */
void attention_write(const attention_call *call, const attention_unit *unit,
                     const row_states *merged);

#endif
