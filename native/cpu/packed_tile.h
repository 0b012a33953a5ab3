/*
 * A tile of packed_linear: some rows of x against one panel of weights, all chunks. Where its sums
 * go; and the AMX kernel for many rows, where there is one.
 */
#ifndef GATUN_PACKED_TILE_H
#define GATUN_PACKED_TILE_H

#include "packed_chunk.h"

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

/* Where a panel's results go. */
typedef struct {
  float *out; /* of the tile's first row, at the panel's first feature */
  int64_t out_stride;
  int64_t features; /* of this panel */
  const float *bias; /* PANEL_FEATURES of them, or null */
} tile_out;

/* The bias of a panel in float32, or null if there is none. */
static const float *load_bias(const gatun_packed_block *block, int64_t feature, int64_t features,
                              float bias[PANEL_FEATURES]) {
  if (block->bias == NULL) {
    return NULL;
  }
  memset(bias, 0, PANEL_FEATURES * sizeof *bias);
  for (int64_t f = 0; f < features; f++) {
    bias[f] = storage_get(block->bias, block->bias_type, feature + f);
  }
  return bias;
}

/* The sums of the tile's row r; low ones of the panel's first half. */
INLINE void finish_row(const tile_out *t, int64_t r, vf low, vf high) {
  float *out = t->out + r * t->out_stride;
  if (t->bias != NULL) {
    low = vf_add(low, vf_load(t->bias));
    high = vf_add(high, vf_load(t->bias + VW));
  }
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

#if HAS_AMX
#include "packed_amx.h"
#else
INLINE void packed_tiles_begin(int64_t chunk) { (void)chunk; }
INLINE void packed_tiles_end(void) {}
#endif

#endif
