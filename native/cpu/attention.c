/*
 * paged_attention: softmax(scale q k^T) v, causal, through block tables.
 *
 *   q, out   [numTokens, num_heads * head_dim]
 *   keys     [num_blocks, block_size, num_kv_heads, head_dim], values alike
 *
 * This file decides who computes what; attention_unit.c computes. The unit of work is a KV head of
 * many query tokens of one sequence, or several KV heads of few tokens: they lie side by side in
 * the cache. Positions are cut into partitions whose borders depend on the position alone. Every
 * (token, head) row has a softmax per partition, and those are merged in order: a row's bits depend
 * on its sequence, and a unit may be computed by several threads, each some of its partitions,
 * without changing them.
 *
 * Threads take equal shares of a line of costs. Where a share ends inside a unit, all partitions
 * of that unit are left in the workspace and merged once every thread is done.
 */
#include "attention.h"
#include "pool.h"
#include "storage.h"

#define SHORTEST_PARTITION 256
#define PARTITION_SHARE 32  /* a partition is at most 1/32 of the positions before its end */
#define MAX_CUT_STATES 2048 /* (row, partition) pairs of a unit that threads share */
#define LOAD_ROWS 6         /* loading and packing a key costs about as much as six rows of it */

/* 128 K positions have 96 partitions: their states stay few, however long the context. */
static int64_t partition_length(int64_t position) {
  int64_t length = SHORTEST_PARTITION;
  while (length * PARTITION_SHARE <= position) {
    length *= 2;
  }
  return length;
}

static int64_t partition_end(int64_t position) {
  int64_t length = partition_length(position);
  return (position / length + 1) * length;
}

static int64_t partition_index(int64_t position) {
  int64_t index = position / partition_length(position);
  for (int64_t length = SHORTEST_PARTITION; length < partition_length(position); length *= 2) {
    index += PARTITION_SHARE / 2;
  }
  return index;
}

static int64_t rows_per_unit(int64_t group) { return largest_of(group, UNIT_ROWS); }

static int64_t state_floats(int64_t rows, int64_t head_dim) {
  return rows * padded(head_dim) + (2 * rows + 15) / 16 * 16;
}

static row_states states_at(float *memory, int64_t rows, int64_t head_dim) {
  float *maxima = memory + rows * padded(head_dim);
  row_states states = {maxima, maxima + rows, memory};
  return states;
}

static int64_t floats_per_worker(int64_t group, int64_t head_dim) {
  return KEY_TILE * (2 * padded(head_dim) + TILE_ROWS) +
         2 * state_floats(rows_per_unit(group), head_dim);
}

/* Rounding up of each partition's states makes them a little more than the pairs need. */
static int64_t floats_per_cut(int64_t head_dim) {
  return MAX_CUT_STATES * (padded(head_dim) + 2 + 16);
}

static void lay_out(const attention_call *call, int32_t worker, attention_scratch *scratch) {
  int64_t rows = rows_per_unit(call->group);
  int64_t width = padded(call->head_dim);
  scratch->keys = call->workspace + worker * floats_per_worker(call->group, call->head_dim);
  scratch->values = scratch->keys + KEY_TILE * width;
  scratch->scores = scratch->values + KEY_TILE * width;
  float *states = scratch->scores + KEY_TILE * TILE_ROWS;
  scratch->partition = states_at(states, rows, call->head_dim);
  states += state_floats(rows, call->head_dim);
  scratch->merged = states_at(states, rows, call->head_dim);
}

static int64_t count_partitions(const attention_unit *unit) {
  return partition_index(unit->to - 1) - partition_index(unit->from) + 1;
}

/* As many KV heads as there is room for in the states of a unit, whole or cut. */
static void take_heads(const attention_call *call, attention_unit *unit) {
  int64_t rows = unit->tokens * call->group;
  int64_t heads = smallest_of(call->max_heads, call->num_kv_heads - unit->kv_head);
  heads = smallest_of(heads, UNIT_ROWS / rows);
  heads = smallest_of(heads, MAX_CUT_STATES / (rows * count_partitions(unit)));
  unit->num_heads = largest_of(1, heads);
  unit->rows = unit->num_heads * rows;
  unit->weight = unit->rows + LOAD_ROWS * unit->num_heads;
}

/* Goes to the unit that follows; the first one follows zeros. Returns 0 at the end. */
static int next_unit(const attention_call *call, attention_unit *unit) {
  unit->cost += (unit->to - unit->from) * unit->weight;
  unit->kv_head += unit->num_heads;
  if (unit->num_heads > 0 && unit->kv_head < call->num_kv_heads) {
    take_heads(call, unit);
    return 1;
  }
  unit->token += unit->tokens;
  unit->kv_head = 0;
  while (unit->sequence < call->num_sequences &&
         unit->token >= call->query_start[unit->sequence + 1]) {
    unit->sequence++;
  }
  if (unit->sequence == call->num_sequences) {
    return 0;
  }
  int64_t left = call->query_start[unit->sequence + 1] - unit->token;
  unit->tokens = smallest_of(left, largest_of(1, UNIT_ROWS / call->group));
  unit->position = call->context_lens[unit->sequence] - left;
  unit->from = first_key(call, unit->position);
  unit->to = unit->position + unit->tokens;
  take_heads(call, unit);
  return 1;
}

static int64_t share(const attention_call *call, int64_t part) {
  return call->total_cost * part / call->num_parts;
}

static int64_t part_of(const attention_call *call, int64_t cost) {
  int64_t part = cost * call->num_parts / call->total_cost;
  while (part > 0 && share(call, part) > cost) {
    part--;
  }
  while (share(call, part + 1) <= cost) {
    part++;
  }
  return part;
}

/* The positions of the unit whose partitions begin in the part's share; none gives *from = *to. */
static void own_positions(const attention_call *call, const attention_unit *unit, int64_t part,
                          int64_t *from, int64_t *to) {
  int64_t begin = share(call, part);
  int64_t end = share(call, part + 1);
  int64_t cut = unit->rows * count_partitions(unit) <= MAX_CUT_STATES;
  *from = *to = unit->to;
  for (int64_t at = unit->from; at < unit->to; at = partition_end(at)) {
    int64_t cost = unit->cost + (cut ? at - unit->from : 0) * unit->weight;
    if (cost >= begin && *from == unit->to) {
      *from = at;
    }
    if (cost >= end) {
      *to = at;
      break;
    }
  }
  *from = smallest_of(*from, *to);
}

static row_states cut_states(const attention_call *call, const attention_unit *unit, int64_t part,
                             int64_t index) {
  int64_t workers = call->num_workers * floats_per_worker(call->group, call->head_dim);
  float *cuts = call->workspace + workers + part * floats_per_cut(call->head_dim);
  return states_at(cuts + index * state_floats(unit->rows, call->head_dim), unit->rows,
                   call->head_dim);
}

static void attend_whole(const attention_call *call, attention_scratch *scratch,
                         const attention_unit *unit) {
  attention_begin(call, unit, &scratch->merged);
  for (int64_t from = unit->from; from < unit->to; from = partition_end(from)) {
    int64_t to = smallest_of(partition_end(from), unit->to);
    attention_partition(call, scratch, unit, from, to, &scratch->partition);
    attention_merge(call, unit, from, to, &scratch->merged, &scratch->partition);
  }
  attention_write(call, unit, &scratch->merged);
}

static void attend_some(const attention_call *call, attention_scratch *scratch,
                        const attention_unit *unit, int64_t own_from, int64_t own_to) {
  int64_t part = part_of(call, unit->cost);
  int64_t index = 0;
  for (int64_t from = unit->from; from < own_to; from = partition_end(from)) {
    if (from >= own_from) {
      row_states states = cut_states(call, unit, part, index);
      int64_t to = smallest_of(partition_end(from), unit->to);
      attention_partition(call, scratch, unit, from, to, &states);
    }
    index++;
  }
}

static void attend_part(const attention_call *call, attention_scratch *scratch, int64_t part) {
  attention_unit unit = {0};
  while (next_unit(call, &unit) && unit.cost < share(call, part + 1)) {
    if (unit.cost + (unit.to - unit.from) * unit.weight > share(call, part)) {
      int64_t from;
      int64_t to;
      own_positions(call, &unit, part, &from, &to);
      if (from == unit.from && to == unit.to) {
        attend_whole(call, scratch, &unit);
      } else {
        attend_some(call, scratch, &unit, from, to);
      }
    }
  }
}

static void attend_parts(void *context, int32_t worker, int64_t from, int64_t to) {
  const attention_call *call = context;
  attention_scratch scratch;
  lay_out(call, worker, &scratch);
  for (int64_t part = from; part < to; part++) {
    attend_part(call, &scratch, part);
  }
}

/* The unit that begins in the part and ends in a later one: the last that begins there, if any. */
static int find_cut(const attention_call *call, int64_t part, attention_unit *cut) {
  attention_unit unit = {0};
  int found = 0;
  while (next_unit(call, &unit) && unit.cost < share(call, part + 1)) {
    if (unit.cost >= share(call, part)) {
      *cut = unit;
      found = 1;
    }
  }
  int64_t from;
  int64_t to;
  if (found) {
    own_positions(call, cut, part, &from, &to);
  }
  return found && to < cut->to;
}

static void merge_parts(void *context, int32_t worker, int64_t begin, int64_t end) {
  const attention_call *call = context;
  attention_scratch scratch;
  lay_out(call, worker, &scratch);
  for (int64_t part = begin; part < end; part++) {
    attention_unit unit;
    if (find_cut(call, part, &unit)) {
      int64_t index = 0;
      attention_begin(call, &unit, &scratch.merged);
      for (int64_t from = unit.from; from < unit.to; from = partition_end(from)) {
        row_states states = cut_states(call, &unit, part, index++);
        int64_t to = smallest_of(partition_end(from), unit.to);
        attention_merge(call, &unit, from, to, &scratch.merged, &states);
      }
      attention_write(call, &unit, &scratch.merged);
    }
  }
}

static int64_t cost_of_all(const attention_call *call) {
  attention_unit unit = {0};
  while (next_unit(call, &unit)) {
  }
  return unit.cost;
}

/* KV heads of a unit: all, unless threads would be left without one. */
static int64_t max_heads(const attention_call *call, int64_t threads) {
  int64_t pieces = 1;
  for (int64_t s = 0; s < call->num_sequences; s++) {
    pieces += call->context_lens[s] / SHORTEST_PARTITION;
  }
  int64_t parts = 4 * threads / pieces;
  return threads == 1 ? call->num_kv_heads : largest_of(1, call->num_kv_heads / (parts + 1));
}

int64_t gatun_cpu_attention_workspace(const gatun_pool *pool, int64_t num_heads,
                                      int64_t num_kv_heads, int64_t head_dim) {
  int64_t threads = pool_size(pool);
  return threads * floats_per_worker(num_heads / num_kv_heads, head_dim) +
         (threads - 1) * floats_per_cut(head_dim);
}

int32_t gatun_cpu_paged_attention(
    gatun_pool *pool, float *out, int64_t out_stride, const float *q, int64_t q_stride,
    const void *keys, const void *values, int32_t kv_type, int64_t block_stride,
    int64_t block_size, const int32_t *query_start, const int32_t *context_lens,
    const int32_t *block_tables, int64_t max_blocks, int64_t num_sequences, int64_t num_heads,
    int64_t num_kv_heads, int64_t head_dim, float scale, float soft_cap, int64_t window,
    const float *sinks, float *workspace) {
  if (!is_cache_type(kv_type) || block_size < 1 || num_kv_heads < 1 || head_dim < 1 ||
      num_sequences < 0 || num_heads % num_kv_heads != 0 || window < 0) {
    return GATUN_INVALID_ARGUMENT;
  }
  attention_call call = {out, out_stride, q, q_stride, keys, values, kv_type, block_stride,
                         block_size, query_start, context_lens, block_tables, max_blocks,
                         num_sequences, num_heads, num_kv_heads, head_dim,
                         num_heads / num_kv_heads, head_width(kv_type, head_dim), scale, soft_cap,
                         window, sinks, workspace, pool_size(pool), num_kv_heads, 0, 1};
  call.max_heads = max_heads(&call, call.num_workers);
  call.total_cost = cost_of_all(&call);
  /* A hundred thousand multiply-adds outweigh waking a thread. */
  if (call.total_cost * head_dim > 100000) {
    call.num_parts = pool_size(pool);
  }
  pool_run(pool, attend_parts, &call, call.num_parts, 1);
  int64_t grain = 1 + 64 / (1 + num_heads / num_kv_heads);
  if (call.num_parts > 1) {
    pool_run(pool, merge_parts, &call, call.num_parts - 1, grain);
  }
  return GATUN_OK;
}
