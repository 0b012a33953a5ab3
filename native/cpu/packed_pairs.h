/*
 * packed_chunk.h by SMMLA, which multiplies two rows of 8 bytes with two features of 8 bytes:
 *
 *   { row 0 feature 0, row 0 feature 1, row 1 feature 0, row 1 feature 1 }
 *
 * The other row of an odd number of rows is whatever the workspace holds; its sums are not used.
 */
#define MAX_PAIRS ((PACKED_TILE_ROWS + 1) / 2)
#define FEATURE_PAIRS (PANEL_FEATURES / 2)

INLINE void clear_blocks(vi blocks[FEATURE_PAIRS][MAX_PAIRS], const int P) {
#pragma GCC unroll 4
  for (int f = 0; f < FEATURE_PAIRS; f++) {
#pragma GCC unroll 4
    for (int p = 0; p < P; p++) {
      blocks[f][p] = vi_set1(0);
    }
  }
}

/* Halves of a block are rows: two blocks side by side are four features of either row. */
INLINE void split_blocks(vi blocks[FEATURE_PAIRS][MAX_PAIRS], vi dots[2][PACKED_TILE_ROWS],
                         const int R) {
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < 2; v++) {
      vi left = blocks[2 * v][r / 2];
      vi right = blocks[2 * v + 1][r / 2];
      dots[v][r] = r % 2 == 0 ? vi_low_halves(left, right) : vi_high_halves(left, right);
    }
  }
}

INLINE void byte_chunk(const chunk_args *a, vi dots[2][PACKED_TILE_ROWS], const int R) {
  const int P = (R + 1) / 2;
  const int8_t *x = a->bytes;
  const int64_t pair_stride = 2 * a->x->byte_stride;
  const uint8_t *w = a->weights;
  const uint8_t *fetch = a->fetch;
  vi blocks[FEATURE_PAIRS][MAX_PAIRS];
  clear_blocks(blocks, P);
  for (int64_t i = 0; i < a->x->chunk; i += 8) {
    vi pairs[MAX_PAIRS];
#pragma GCC unroll 4
    for (int p = 0; p < P; p++) {
      pairs[p] = vi_load((const uint8_t *)x + p * pair_stride);
    }
#pragma GCC unroll 4
    for (int f = 0; f < FEATURE_PAIRS; f++) {
      vi weights = vi_load(w + 16 * f);
#pragma GCC unroll 4
      for (int p = 0; p < P; p++) {
        blocks[f][p] = vi_dot_pairs(blocks[f][p], pairs[p], weights);
      }
    }
    fetch = fetch_line(a, fetch);
    w += 16 * FEATURE_PAIRS;
    x += 16;
  }
  split_blocks(blocks, dots, R);
}

INLINE void nibble_chunk(const chunk_args *a, vi dots[2][PACKED_TILE_ROWS], const int R) {
  const int P = (R + 1) / 2;
  const int8_t *x = a->bytes;
  const int64_t pair_stride = 2 * a->x->byte_stride;
  const uint8_t *w = a->weights;
  const uint8_t *fetch = a->fetch;
  vi blocks[FEATURE_PAIRS][MAX_PAIRS];
  clear_blocks(blocks, P);
  for (int64_t i = 0; i < a->x->chunk; i += 16) {
    vi low[MAX_PAIRS];
    vi high[MAX_PAIRS];
#pragma GCC unroll 4
    for (int p = 0; p < P; p++) {
      low[p] = vi_load((const uint8_t *)x + p * pair_stride);
      high[p] = vi_load((const uint8_t *)x + p * pair_stride + 16);
    }
#pragma GCC unroll 4
    for (int f = 0; f < FEATURE_PAIRS; f++) {
      vi both = vi_load(w + 16 * f);
#pragma GCC unroll 4
      for (int p = 0; p < P; p++) {
        blocks[f][p] = vi_dot_pairs(blocks[f][p], low[p], vi_low_nibbles(both));
        blocks[f][p] = vi_dot_pairs(blocks[f][p], high[p], vi_high_nibbles(both));
      }
    }
    fetch = fetch_line(a, fetch);
    w += 16 * FEATURE_PAIRS;
    x += 32;
  }
  split_blocks(blocks, dots, R);
  vi zeros[2];
  load_zeros(a, zeros);
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    vi minus = vi_set1(a->minus[r * a->x->chunks]);
    dots[0][r] = vi_add(dots[0][r], vi_mul16(zeros[0], minus));
    dots[1][r] = vi_add(dots[1][r], vi_mul16(zeros[1], minus));
  }
}
