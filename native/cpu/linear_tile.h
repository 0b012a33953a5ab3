/*
 * What linear.c and bf16_linear.c share: where the sums of a tile go, and which features of which
 * row blocks a part of an op means.
 */
#ifndef GATUN_LINEAR_TILE_H
#define GATUN_LINEAR_TILE_H

#include "storage.h"

#define TILE_FEATURES 4
#define WIDE_FEATURES 8
#define PAGE_BYTES 4096
#define SHORT_BYTES 2560

/*
 * How many rows of weights a thread reads side by side. Against one row of x (Zen 5, against four):
 * short ones are fastest as one stream, by 7 % (896 columns of BF16, whole model), those of a page
 * and more by eight, by up to 4 %.
 */
INLINE int group_features(int64_t rows, int64_t row_bytes) {
  if (rows > 1) {
    return TILE_FEATURES;
  }
  return row_bytes >= PAGE_BYTES ? WIDE_FEATURES : row_bytes <= SHORT_BYTES ? 1 : TILE_FEATURES;
}

/*
 * How far behind the rows at `feature` lie the weights that are fetched meanwhile, in elements:
 * where the next group is, but no less than a page; 0 where the block ends before.
 */
INLINE int64_t fetch_distance(const gatun_linear_block *block, int64_t feature, int64_t group,
                              int64_t element_bytes) {
  int64_t next = group * block->stride;
  int64_t page = PAGE_BYTES / element_bytes;
  int64_t distance = next < page ? page : next;
  int64_t left = (block->out_features - feature) * block->stride;
  return distance + next <= left ? distance : 0;
}

/* The first element of a tile's results. */
typedef struct {
  float *out;
  int64_t out_stride;
  const void *bias; /* of the first feature; null unless these are the last columns */
  int32_t bias_type;
  int is_first; /* out holds nothing yet */
} tile_out;

INLINE void finish_one(const tile_out *t, float *out, float sum, int64_t feature) {
  float total = t->is_first ? sum : *out + sum;
  *out = t->bias == NULL ? total : total + storage_get(t->bias, t->bias_type, feature);
}

/* VW features of one row, of which the first n are there. */
INLINE void finish_lanes(const tile_out *t, float *out, vf sums, int64_t feature, int64_t n) {
  if (n >= VW) {
    vf total = t->is_first ? sums : vf_add(vf_load(out), sums);
    vf_store(out, t->bias == NULL ? total
                                  : vf_add(total, storage_load(t->bias, t->bias_type, feature)));
    return;
  }
  float lanes[VW];
  vf_store(lanes, sums);
  for (int64_t i = 0; i < n; i++) {
    finish_one(t, out + i, lanes[i], feature + i);
  }
}

/* The same tile from its f-th feature on. */
INLINE tile_out from_feature(const tile_out *t, int64_t f) {
  tile_out rest = *t;
  rest.out += f;
  rest.bias = t->bias == NULL ? NULL : storage_at(t->bias, t->bias_type, f);
  return rest;
}

/* Folds the sums of F features, one or a multiple of TILE_FEATURES, and R rows into out. */
INLINE void finish_tile(const tile_out *t, vf sums[WIDE_FEATURES][LINEAR_TILE_ROWS], const int F,
                        const int R) {
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    float *out = t->out + r * t->out_stride;
    if (F == 1) {
      finish_one(t, out, vf_sum(sums[0][r]), 0);
    }
#pragma GCC unroll 2
    for (int f = 0; f + TILE_FEATURES <= F; f += TILE_FEATURES) {
      float four[TILE_FEATURES];
      vf_store_sum4(four, sums[f][r], sums[f + 1][r], sums[f + 2][r], sums[f + 3][r]);
      for (int i = 0; i < TILE_FEATURES; i++) {
        finish_one(t, out + f + i, four[i], f + i);
      }
    }
  }
}

/* Features of all blocks together; -1 if a bias is of no storage type. */
INLINE int64_t features_of(const gatun_linear_block *blocks, int32_t num_blocks) {
  int64_t features = 0;
  for (int32_t b = 0; b < num_blocks; b++) {
    if (blocks[b].bias != NULL && !is_storage(blocks[b].bias_type)) {
      return -1;
    }
    features += blocks[b].out_features;
  }
  return features;
}

/* Features [first, last) of one block, whose first feature is at `column` of out. */
typedef struct {
  const gatun_linear_block *block;
  int64_t column;
  int64_t first;
  int64_t last;
} block_part;

/* What features [from, to), counted over all blocks, mean in block b. */
INLINE block_part part_of(const gatun_linear_block *blocks, int32_t b, int64_t column,
                          int64_t from, int64_t to) {
  block_part part = {&blocks[b], column, from - column, to - column};
  part.first = part.first < 0 ? 0 : part.first;
  part.last = part.last > blocks[b].out_features ? blocks[b].out_features : part.last;
  return part;
}

#endif
