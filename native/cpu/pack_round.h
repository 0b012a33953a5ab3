/*
 * Rounds one chunk of one panel of plain weights, with the steps of dev.gatun.tensor.RoundedBlock,
 * which finds the same integers.
 *
 * Rows are features: a row of the file is read once, in order. What comes out are the words of
 * packed.h, before INT8_ZERO: bytes are unsigned with zero point 128.
 */
#ifndef GATUN_PACK_ROUND_H
#define GATUN_PACK_ROUND_H

#include "pack_words.h"

typedef struct {
  float rows[PANEL_FEATURES][MAX_CHUNK];
} plain_chunk;

/* Missing rows and columns are 0. */
INLINE void load_rows(const gatun_weight_source *s, const int32_t type, int64_t feature,
                      int64_t features, int64_t place, plain_chunk *p) {
  int64_t left = s->in_features - place;
  int64_t count = left < s->chunk ? left : s->chunk;
  int64_t whole = count / VW * VW;
  for (int64_t f = 0; f < PANEL_FEATURES; f++) {
    float *row = p->rows[f];
    if (f >= features) {
      memset(row, 0, sizeof p->rows[f]);
      continue;
    }
    int64_t first = (feature + f) * s->stride + place;
    for (int64_t i = 0; i < whole; i += VW) {
      vf_store(row + i, storage_load(s->values, type, first + i));
    }
    if (whole < s->chunk) {
      memset(row + whole, 0, (size_t)(s->chunk - whole) * sizeof *row);
    }
    if (whole < count) {
      vf_store(row + whole, storage_load_n(s->values, type, first + whole, count - whole));
    }
  }
}

/* x limited to [low, high], low if it is NaN. */
INLINE vf limited(vf x, float low, float high) {
  return vf_min(vf_max(x, vf_set1(low)), vf_set1(high));
}

/* The nearest BF16 of each lane; a float32 that is subnormal stays one, whatever vf_store_bf16. */
INLINE vf rounded_to_bf16(vf v) {
  float lanes[VW];
  vf_store(lanes, v);
  for (int i = 0; i < VW; i++) {
    lanes[i] = bf16_to_float(float_to_bf16(lanes[i]));
  }
  return vf_load(lanes);
}

INLINE float largest_magnitude(const float *row, int64_t chunk) {
  vf largest = vf_zero();
  for (int64_t i = 0; i < chunk; i += VW) {
    largest = vf_max(vf_abs(vf_load(row + i)), largest);
  }
  float lanes[VW];
  vf_store(lanes, largest);
  for (int n = VW / 2; n > 0; n /= 2) {
    for (int i = 0; i < n; i++) {
      lanes[i] = lanes[i] > lanes[i + n] ? lanes[i] : lanes[i + n];
    }
  }
  return lanes[0];
}

/* Symmetric: scale = largest magnitude / 127. */
INLINE void round_bytes(const plain_chunk *p, int64_t chunk, uint32_t sign, chunk_values *c) {
  uint32_t words[PANEL_FEATURES][MAX_CHUNK / 4];
  for (int f = 0; f < PANEL_FEATURES; f++) {
    c->scales[f] = largest_magnitude(p->rows[f], chunk);
  }
  for (int f = 0; f < PANEL_FEATURES; f++) {
    c->scales[f] = bf16_to_float(float_to_bf16(c->scales[f] / 127.0f));
  }
  for (int f = 0; f < PANEL_FEATURES; f++) {
    if (c->scales[f] == 0.0f) {
      memset(words[f], 0, sizeof words[f]);
      continue;
    }
    vf scale = vf_set1(c->scales[f]);
    int8_t *bytes = (int8_t *)words[f];
    for (int64_t i = 0; i < chunk; i += VW) {
      vf steps = limited(vf_div(vf_load(p->rows[f] + i), scale), -127.0f, 127.0f);
      vi_store_bytes(bytes + i, vi_of(steps));
    }
  }
  turn_words(words[0], MAX_CHUNK / 4, chunk / 4, 8, sign ^ 0x80808080u, c->words);
}

/* Parts of the range [lowest, highest] that are tried; the sum of squared errors decides. */
static const float shares[] = {1.0f, 0.9f};
#define NUM_SHARES 2

typedef struct {
  vf scale;
  vf zero;
  vf error;
} nibble_fit;

INLINE nibble_fit fit_range(vf low, vf high) {
  nibble_fit fit;
  fit.scale = rounded_to_bf16(vf_div(vf_sub(high, low), vf_set1(15.0f)));
  vf zero = vf_round(limited(vf_div(vf_sub(vf_zero(), low), fit.scale), 0.0f, 15.0f));
  fit.zero = vf_select_lt(vf_zero(), fit.scale, zero, vf_zero());
  fit.error = vf_zero();
  return fit;
}

/* Steps from the range's lower end, in [0, 15]. */
INLINE vf nibble_of(vf w, const nibble_fit *fit) {
  vf steps = vf_add(vf_round(limited(vf_div(w, fit->scale), -64.0f, 64.0f)), fit->zero);
  return limited(steps, 0.0f, 15.0f);
}

/* The best of all shares for VW features; columns are rows of w. */
INLINE nibble_fit best_fit(const float w[][PANEL_FEATURES], int64_t chunk) {
  vf low = vf_zero();
  vf high = vf_zero();
  for (int64_t i = 0; i < chunk; i++) {
    vf column = vf_load(w[i]);
    low = vf_min(column, low);
    high = vf_max(column, high);
  }
  nibble_fit best = {vf_zero(), vf_zero(), vf_zero()};
  for (int h = 0; h < NUM_SHARES; h++) {
    for (int l = 0; l < NUM_SHARES; l++) {
      nibble_fit fit =
        fit_range(vf_mul(low, vf_set1(shares[l])), vf_mul(high, vf_set1(shares[h])));
      for (int64_t i = 0; i < chunk; i++) {
        vf column = vf_load(w[i]);
        vf value = vf_mul(vf_sub(nibble_of(column, &fit), fit.zero), fit.scale);
        vf error = vf_sub(value, column);
        fit.error = vf_add(fit.error, vf_mul(error, error));
      }
      if (h == 0 && l == 0) {
        best = fit;
      } else {
        best.scale = vf_select_lt(fit.error, best.error, fit.scale, best.scale);
        best.zero = vf_select_lt(fit.error, best.error, fit.zero, best.zero);
        best.error = vf_select_lt(fit.error, best.error, fit.error, best.error);
      }
    }
  }
  return best;
}

INLINE void round_nibbles(const plain_chunk *p, int64_t chunk, chunk_values *c) {
  float columns[MAX_CHUNK][PANEL_FEATURES];
  uint8_t values[MAX_CHUNK][PANEL_FEATURES];
  for (int f = 0; f < PANEL_FEATURES; f++) {
    for (int64_t i = 0; i < chunk; i++) {
      columns[i][f] = p->rows[f][i];
    }
  }
  for (int v = 0; v < PANEL_FEATURES; v += VW) {
    const float(*at)[PANEL_FEATURES] = (const float(*)[PANEL_FEATURES])(const void *)&columns[0][v];
    nibble_fit fit = best_fit(at, chunk);
    float zeros[VW];
    vf_store(zeros, fit.zero);
    vf_store(c->scales + v, fit.scale);
    for (int f = 0; f < VW; f++) {
      c->zeros[v + f] = (uint8_t)zeros[f];
    }
    for (int64_t i = 0; i < chunk; i++) {
      vf value = nibble_of(vf_load(&columns[i][v]), &fit);
      value = vf_select_lt(vf_zero(), fit.scale, value, fit.zero);
      vi_store_bytes((int8_t *)&values[i][v], vi_of(value));
    }
  }
  join_nibbles(values, chunk, c->words);
}

#endif
