/*
 * Who attends to what, and how states of a softmax are merged; shared by the attention kernels.
 *
 * A state is (maximum, sum of weights, weighted sum of values), in powers of 2: weights are
 * 2^(score log2(e) - maximum). Merging is written with explicit fused operations, because kernels
 * that merge at different times must get the same bits.
 */
#ifndef GTN_ATTENTION_CUH
#define GTN_ATTENTION_CUH

#include "heads.cuh"

constexpr float LOG2_E = 1.44269504088896341f;
constexpr float NO_MAXIMUM = -INFINITY;

/* Partitions of positions, see AttentionArgs. */
__device__ __forceinline__ int partition_length(int position) {
  int length = 256;
  while (position / 32 >= length) {
    length *= 2;
  }
  return length;
}
__device__ __forceinline__ int partition_end(int position) {
  int length = partition_length(position);
  return (position / length + 1) * length;
}
__device__ __forceinline__ int partition_index(int position) {
  int length = partition_length(position);
  return position / length + 16 * (31 - __clz(length / 256));
}

/* The rows of a tile: (token, head of the group) pairs of one sequence and KV head. */
struct RowTile {
  int first_row;
  int num_rows; /* of the sequence and KV head, all tiles together */
  int group;
  int kv_head;
  int query_begin;
  int first_position; /* of the sequence's first query token */
  const int32_t* block_table;

  /* num_rows is 0 where there is nothing to do. */
  __device__ __forceinline__ explicit RowTile(const AttentionArgs& a)
      : first_row(a.tiles[2 * blockIdx.x + 1]),
        num_rows(0),
        group(a.num_heads / a.num_kv_heads),
        kv_head(blockIdx.y),
        query_begin(0),
        first_position(0),
        block_table(nullptr) {
    int sequence = a.tiles[2 * blockIdx.x];
    if (sequence >= 0) {
      query_begin = a.query_start[sequence];
      int tokens = a.query_start[sequence + 1] - query_begin;
      num_rows = tokens * group;
      first_position = a.context_lens[sequence] - tokens;
      block_table = a.block_tables + (int64_t)sequence * a.max_blocks;
    }
  }
  __device__ __forceinline__ int token(int row) const { return query_begin + row / group; }
  __device__ __forceinline__ int head(int row) const { return kv_head * group + row % group; }
  __device__ __forceinline__ int position(int row) const { return first_position + row / group; }
  __device__ __forceinline__ int first_key(const AttentionArgs& a, int row) const {
    return a.window == 0 ? 0 : max(0, position(row) + 1 - a.window);
  }
};

/* Where a position's head begins in the cache, in elements. */
__device__ __forceinline__ int64_t key_place(const AttentionArgs& a, const RowTile& tile,
                                             int position) {
  int slot = tile.block_table[position / a.block_size] * a.block_size + position % a.block_size;
  return head_place(slot, a.block_size, a.block_stride, a.num_kv_heads, tile.kv_head,
                    head_width(a.cache_type, a.head_dim));
}

/* The score of a dot product, times log2(e). tanh is any function good enough for T. */
template <class Tanh>
__device__ __forceinline__ float score_of(const AttentionArgs& a, float dot, Tanh tanh_of) {
  float score = dot * a.scale;
  if (a.soft_cap > 0) {
    score = a.soft_cap * tanh_of(score / a.soft_cap);
  }
  return score * LOG2_E;
}

/* What sums of two states are multiplied by to become one. */
struct Merge {
  float maximum;
  float kept;
  float added;

  __device__ __forceinline__ Merge(float before, float more) : maximum(fmaxf(before, more)) {
    float reference = maximum == NO_MAXIMUM ? 0.0f : maximum;
    kept = fast_exp2(before - reference);
    added = fast_exp2(more - reference);
  }
  __device__ __forceinline__ float sum(float before, float more) const {
    return fmaf(more, added, __fmul_rn(before, kept));
  }
};

/* The state before the first partition: a sink has weight 1 and no value. */
__device__ __forceinline__ float first_maximum(const AttentionArgs& a, int head) {
  return a.sinks == nullptr ? NO_MAXIMUM : load_typed(a.sinks, a.sink_type, head) * LOG2_E;
}
__device__ __forceinline__ float first_weight(const AttentionArgs& a) {
  return a.sinks == nullptr ? 0.0f : 1.0f;
}

/* Index of a row's state of a partition in the workspace; the row's first partition is 0. */
__device__ __forceinline__ int64_t state_index(const AttentionArgs& a, const RowTile& tile,
                                               int row, int partition) {
  int first = partition_index(tile.first_key(a, row));
  return ((int64_t)tile.token(row) * a.num_heads + tile.head(row)) * a.max_partitions +
         (partition - first);
}

#endif
