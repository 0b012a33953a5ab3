/*
 * One chunk of packed_linear: R rows of bytes against the weights of a panel, exactly. byte_chunk
 * and nibble_chunk leave sum q w - z sum q of row r and the panel's features in dots[0][r] and
 * dots[1][r]; R is a constant after inlining, so that all sums live in registers.
 */
#ifndef GATUN_PACKED_CHUNK_H
#define GATUN_PACKED_CHUNK_H

#include "packed_rows.h"

/* One chunk of a tile. */
typedef struct {
  const rounded_rows *x;
  const int8_t *bytes;
  const int32_t *minus;
  const uint8_t *weights;
  const uint8_t *zeros; /* null for the middle */
  int32_t zero_base;
  const uint8_t *fetch; /* what is fetched meanwhile, a line a step */
  const uint8_t *fetch_end;
} chunk_args;

INLINE const uint8_t *fetch_line(const chunk_args *a, const uint8_t *line) {
  if (line < a->fetch_end) {
    __builtin_prefetch(line, 0, 2);
  }
  return line + CACHE_LINE;
}

/* Zero points of the panel's two halves; in lanes below 2^16, for vi_mul16. */
INLINE void load_zeros(const chunk_args *a, vi zeros[2]) {
  zeros[0] = vi_set1(8);
  zeros[1] = zeros[0];
  if (a->zeros != NULL) {
    vi both = vi_widen(a->zeros);
    zeros[0] = vi_add(vi_low_nibbles(both), vi_set1(a->zero_base));
    zeros[1] = vi_add(vi_high_nibbles(both), vi_set1(a->zero_base));
  }
}

#if PACKED_PAIRS
#include "packed_pairs.h"
#else
#include "packed_lanes.h"
#endif

#endif
