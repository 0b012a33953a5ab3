/*
 * The inner loops of attention: products of a few rows with a tile of keys or values, one kernel
 * for both. Each element is a sum in order of k, whatever the number of rows.
 */
#ifndef GATUN_ATTENTION_TILE_H
#define GATUN_ATTENTION_TILE_H

#include "attention.h"
#include "storage.h"
#include "tile_rows.h"

/*
 * out[r][at + n VW] (+)= sum over k in [from, to) of a[r][k] b(k)[at + n VW]; rows of b are
 * `stride` apart, or given, then with those of the next tile, which are asked for, or null.
 */
INLINE void multiply(float *const *out, const float *const *a, const float *b, int64_t stride,
                     const float *const *rows_of_b, const float *const *next, int64_t from,
                     int64_t to, int64_t at, const int R, const int N) {
  vf sums[TILE_ROWS][4];
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) {
      sums[r][n] = rows_of_b == NULL ? vf_zero() : vf_load(out[r] + at + n * VW);
    }
  }
  for (int64_t k = from; k < to; k++) {
    const float *row = (rows_of_b == NULL ? b + k * stride : rows_of_b[k]) + at;
    vf right[4];
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) {
      right[n] = vf_load(row + n * VW);
      if (rows_of_b != NULL && next != NULL && n * VW * 4 % CACHE_LINE == 0) {
        __builtin_prefetch(next[k] + at + n * VW, 0, 2);
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      vf left = vf_set1(a[r][k]);
#pragma GCC unroll 4
      for (int n = 0; n < N; n++) {
        sums[r][n] = vf_fma(left, right[n], sums[r][n]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int n = 0; n < N; n++) {
      vf_store(out[r] + at + n * VW, sums[r][n]);
    }
  }
}

/* scores[r][j] = q[r] . keys[., j] for at least j in [low, high); keys are packed. */
INLINE void score(float *const *scores, const float *const *q, const float *keys,
                  int64_t head_dim, int64_t low, int64_t high, const int R) {
  for (int64_t at = low / (4 * VW) * (4 * VW); at < high; at += 4 * VW) {
    multiply(scores, q, keys, KEY_TILE, NULL, NULL, 0, head_dim, at, R, 4);
  }
}

/* sums[r] += weights[r][j] values[j] for j in [from, to) */
INLINE void add_values(float *const *sums, const float *const *weights,
                       const float *const *values, const float *const *next, int64_t from,
                       int64_t to, int64_t width, const int R) {
  int64_t at = 0;
  for (; at + 4 * VW <= width; at += 4 * VW) {
    multiply(sums, weights, NULL, 0, values, next, from, to, at, R, 4);
  }
  for (; at < width; at += VW) {
    multiply(sums, weights, NULL, 0, values, next, from, to, at, R, 1);
  }
}

static void score_rows(float *const *scores, const float *const *q, const float *keys,
                       int64_t head_dim, int64_t low, int64_t high, int count) {
#define SCORE(R) score(scores, q, keys, head_dim, low, high, R)
  FOR_ROWS(LINEAR_TILE_ROWS, count, SCORE)
#undef SCORE
}

static void add_values_rows(float *const *sums, const float *const *weights,
                            const float *const *values, const float *const *next, int64_t from,
                            int64_t to, int64_t width, int count) {
#define ADD_VALUES(R) add_values(sums, weights, values, next, from, to, width, R)
  FOR_ROWS(LINEAR_TILE_ROWS, count, ADD_VALUES)
#undef ADD_VALUES
}

INLINE float head_scale(const void *head, int32_t type, int64_t head_dim) {
  float scale = 1;
  if (type == GATUN_I8) {
    memcpy(&scale, (const int8_t *)head + head_dim, sizeof scale);
  }
  return scale;
}

/* Elements [i, i + VW) of a head, zeros behind its end; scale is that of its bytes. */
INLINE vf load_head(const void *head, int32_t type, int64_t head_dim, int64_t i, float scale) {
  int64_t n = head_dim - i;
  if (type != GATUN_I8) {
    return n >= VW ? storage_load(head, type, i) : storage_load_n(head, type, i, n);
  }
  const int8_t *bytes = (const int8_t *)head + i;
  int8_t rest[VW] = {0};
  if (n < VW) {
    memcpy(rest, bytes, (size_t)n);
    bytes = rest;
  }
  return vf_mul(vf_load_i8(bytes), vf_set1(scale));
}

/*
 * Packs VW keys to columns [at, at + VW) of `packed`, [head_dim, KEY_TILE], and asks for those
 * that are `next` elements of the cache behind `base`, unless null.
 */
INLINE void pack_keys(float *packed, int64_t at, const void *const *keys, const void *base,
                      const int64_t *next, int32_t type, int64_t head_dim) {
  for (int64_t i = 0; i < head_dim; i += VW) {
    if (next != NULL && i * storage_bytes(type) % CACHE_LINE == 0) {
#pragma GCC unroll 16
      for (int j = 0; j < VW; j++) {
        __builtin_prefetch(storage_at(base, type, next[at + j] + i), 0, 2);
      }
    }
    int64_t n = smallest_of(VW, head_dim - i);
    vf square[VW];
#pragma GCC unroll 16
    for (int j = 0; j < VW; j++) {
      square[j] = load_head(keys[j], type, head_dim, i, head_scale(keys[j], type, head_dim));
    }
    vf_transpose(square);
    float *out = packed + i * KEY_TILE + at;
    if (n == VW) {
#pragma GCC unroll 16
      for (int j = 0; j < VW; j++) {
        vf_store(out + j * KEY_TILE, square[j]);
      }
    } else {
      for (int j = 0; j < n; j++) {
        vf_store(out + j * KEY_TILE, square[j]);
      }
    }
  }
}

/* Writes a head as float32, and zeros behind it up to a whole vector. */
INLINE void widen(float *out, const void *head, int32_t type, int64_t head_dim) {
  float scale = head_scale(head, type, head_dim);
  for (int64_t i = 0; i < head_dim; i += VW) {
    vf_store(out + i, load_head(head, type, head_dim, i, scale));
  }
}

#endif
