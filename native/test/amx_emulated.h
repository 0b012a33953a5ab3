/* The names of amx.h in scalar code, after Intel's description of the instructions. */
#ifndef GATUN_AMX_EMULATED_H
#define GATUN_AMX_EMULATED_H

#include <stdlib.h>
#include <string.h>

#include "half.h"

typedef struct {
  amx_shapes shapes;
  uint8_t tiles[8][AMX_ROWS][AMX_ROW_BYTES];
} amx_state;

static _Thread_local amx_state amx;

/* Instructions on tiles without a shape, or of shapes that do not fit, end the process. */
static inline void amx_expect(int holds) {
  if (!holds) {
    abort();
  }
}

static inline void amx_shape(const amx_shapes *shapes) {
  amx_expect(shapes->palette == 1);
  memset(&amx, 0, sizeof amx);
  amx.shapes = *shapes;
}

static inline void amx_clear(int t) {
  amx_expect(amx.shapes.palette == 1 && amx.shapes.rows[t] > 0);
  memset(amx.tiles[t], 0, sizeof amx.tiles[t]);
}

static inline void amx_load(int t, const void *from, int64_t stride) {
  amx_clear(t);
  for (int m = 0; m < amx.shapes.rows[t]; m++) {
    memcpy(amx.tiles[t][m], (const char *)from + m * stride, amx.shapes.row_bytes[t]);
  }
}

static inline void amx_store(int t, void *to, int64_t stride) {
  amx_expect(amx.shapes.palette == 1);
  for (int m = 0; m < amx.shapes.rows[t]; m++) {
    memcpy((char *)to + m * stride, amx.tiles[t][m], amx.shapes.row_bytes[t]);
  }
}

/* Columns of A in groups of 4 bytes are the rows of B, and C is as high as A and as wide as B. */
static inline int amx_depth(int c, int a, int b) {
  amx_expect(amx.shapes.palette == 1 && amx.shapes.rows[c] == amx.shapes.rows[a] &&
             amx.shapes.row_bytes[c] == amx.shapes.row_bytes[b] &&
             amx.shapes.row_bytes[a] == 4 * amx.shapes.rows[b]);
  return amx.shapes.rows[b];
}

static inline void amx_dot_bytes(int c, int a, int b) {
  int depth = amx_depth(c, a, b);
  for (int m = 0; m < amx.shapes.rows[c]; m++) {
    for (int n = 0; n < amx.shapes.row_bytes[c] / 4; n++) {
      int32_t sum;
      memcpy(&sum, &amx.tiles[c][m][4 * n], sizeof sum);
      for (int k = 0; k < 4 * depth; k++) {
        sum += (int8_t)amx.tiles[a][m][k] * amx.tiles[b][k / 4][4 * n + k % 4];
      }
      memcpy(&amx.tiles[c][m][4 * n], &sum, sizeof sum);
    }
  }
}

static inline float amx_bf16(int t, int row, int index) {
  uint16_t half;
  memcpy(&half, &amx.tiles[t][row][2 * index], sizeof half);
  return bf16_to_float(half);
}

static inline void amx_dot_bf16(int c, int a, int b) {
  int depth = amx_depth(c, a, b);
  for (int m = 0; m < amx.shapes.rows[c]; m++) {
    for (int n = 0; n < amx.shapes.row_bytes[c] / 4; n++) {
      float even = 0;
      float odd = 0;
      for (int k = 0; k < depth; k++) {
        even = __builtin_fmaf(amx_bf16(a, m, 2 * k), amx_bf16(b, k, 2 * n), even);
        odd = __builtin_fmaf(amx_bf16(a, m, 2 * k + 1), amx_bf16(b, k, 2 * n + 1), odd);
      }
      float sum;
      memcpy(&sum, &amx.tiles[c][m][4 * n], sizeof sum);
      sum += even + odd;
      memcpy(&amx.tiles[c][m][4 * n], &sum, sizeof sum);
    }
  }
}

#define AMX_SHAPE(shapes) amx_shape(shapes)
#define AMX_RELEASE() memset(&amx, 0, sizeof amx)
#define AMX_CLEAR(T) amx_clear(T)
#define AMX_LOAD(T, from, stride) amx_load(T, from, stride)
#define AMX_STORE(T, to, stride) amx_store(T, to, stride)
#define AMX_DOT_BYTES(C, A, B) amx_dot_bytes(C, A, B)
#define AMX_DOT_BF16(C, A, B) amx_dot_bf16(C, A, B)

#endif
