/* packed_chunk.h by dot products of four bytes: a lane is a feature, a row at a time. */
/* Four bytes of a row, in every lane. */
INLINE vi four_bytes(const int8_t *p) {
  int32_t four;
  memcpy(&four, p, sizeof four);
  return vi_set1(four);
}

INLINE void byte_chunk(const chunk_args *a, vi dots[2][PACKED_TILE_ROWS], const int R) {
  const rounded_rows *x = a->x;
  const uint8_t *w = a->weights;
  const uint8_t *fetch = a->fetch;
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    dots[0][r] = vi_set1(INT8_ZERO * a->minus[r * x->chunks]);
    dots[1][r] = dots[0][r];
  }
  for (int64_t i = 0; i < x->chunk; i += 4) {
    vi w0 = vi_load(w);
    vi w1 = vi_load(w + 4 * VW);
    fetch = fetch_line(a, fetch);
    w += 8 * VW;
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      vi four = four_bytes(a->bytes + r * x->byte_stride + i);
      dots[0][r] = vi_dot_bytes(dots[0][r], w0, four);
      dots[1][r] = vi_dot_bytes(dots[1][r], w1, four);
    }
  }
}

INLINE void nibble_chunk(const chunk_args *a, vi dots[2][PACKED_TILE_ROWS], const int R) {
  const rounded_rows *x = a->x;
  const uint8_t *w = a->weights;
  const uint8_t *fetch = a->fetch;
  vi zeros[2];
  load_zeros(a, zeros);
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    vi minus = vi_set1(a->minus[r * x->chunks]);
    dots[0][r] = vi_mul16(zeros[0], minus);
    dots[1][r] = vi_mul16(zeros[1], minus);
  }
  for (int64_t i = 0; i < x->chunk; i += 8) {
    vi w0 = vi_load(w);
    vi w1 = vi_load(w + 4 * VW);
    fetch = fetch_line(a, fetch);
    w += 8 * VW;
    vi low0 = vi_low_nibbles(w0);
    vi low1 = vi_low_nibbles(w1);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      vi four = four_bytes(a->bytes + r * x->byte_stride + i);
      dots[0][r] = vi_dot_nibbles(dots[0][r], low0, four);
      dots[1][r] = vi_dot_nibbles(dots[1][r], low1, four);
    }
    vi high0 = vi_high_nibbles(w0);
    vi high1 = vi_high_nibbles(w1);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      vi four = four_bytes(a->bytes + r * x->byte_stride + i + 4);
      dots[0][r] = vi_dot_nibbles(dots[0][r], high0, four);
      dots[1][r] = vi_dot_nibbles(dots[1][r], high1, four);
    }
  }
}

