/*
 * A tile of bf16_linear: up to BF16_FEATURES features against up to BF16_ROWS rows, over steps of
 * BF16_STEP columns. How it multiplies, and how rows lie for that, is the instruction set's affair:
 *
 *   bf16_group         features at a time for one tile of rows and weights that are `stride` apart
 *   place_step         rounds a step of one row into its place among the tile's rows
 *   multiply_tile      adds the products to out
 *   bf16_tiles_begin   on a thread that is to multiply tiles, and bf16_tiles_end behind them
 *
 * An element's bits depend neither on its place in the tile nor on what else is in it. Threads
 * split features in multiples of BF16_UNIT.
 */
#ifndef GATUN_BF16_TILE_H
#define GATUN_BF16_TILE_H

#include "linear_tile.h"
#include "tile_rows.h"

/* x and weight point at the first of the steps. */
typedef struct {
  const uint16_t *weight;
  int64_t weight_stride;
  const uint16_t *x;
  int64_t steps;
  int64_t rest; /* columns of one more step that a row does not fill */
  tile_out out;
  int64_t fetch;      /* the features that follow, as a distance in elements, or 0 */
  int64_t fetch_step; /* of every so many steps this tile brings one to L2, */
  int64_t fetch_at;   /* beginning here */
} bf16_tile;

#if HAS_AMX
#include "bf16_amx.h"
#elif HAS_BF16_PAIRS
#include "bf16_pairs.h"
#else
#include "bf16_lanes.h"
#endif

#endif
