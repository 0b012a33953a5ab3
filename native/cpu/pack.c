/*
 * Packs quantised weights of a checkpoint, or rounds plain ones, into the layout of packed.h. Runs
 * once per layer at load; panels are split over threads.
 *
 * A chunk of a panel is gathered as a matrix [chunk][PANEL_FEATURES], whatever the source, so that
 * rounding works on a vector of features, column after column: the order of its sums is that of
 * dev.gatun.tensor.RoundedBlock, which finds the same integers.
 */
#include <math.h>

#include "packed.h"
#include "pool.h"

typedef struct {
  const gatun_weight_source *source;
  uint8_t *packed;
  packed_layout at;
} pack_call;

/* One chunk of one panel on its way: unsigned values with the zero points that belong to them. */
typedef struct {
  uint8_t values[MAX_CHUNK][PANEL_FEATURES];
  uint8_t zeros[PANEL_FEATURES];
  float scales[PANEL_FEATURES];
} cell;

typedef struct {
  float weights[MAX_CHUNK][PANEL_FEATURES];
} plain_cell;

static int has_zeros(const gatun_weight_source *s) {
  return s->source == GATUN_SOURCE_AWQ || s->source == GATUN_SOURCE_GPTQ ||
         (s->source == GATUN_SOURCE_PLAIN && s->bits == 4);
}

static int64_t column_at(const gatun_weight_source *s, int64_t place) {
  if (s->columns != NULL) {
    return s->columns[place];
  }
  return place < s->in_features ? place : -1;
}

/* Integer `lane` of a word, lowest bits first. */
static uint32_t lane_of(const void *words, int64_t word, int64_t lane, int32_t bits) {
  uint32_t value;
  memcpy(&value, (const char *)words + word * 4, sizeof value);
  return value >> (lane * bits) & ((1u << bits) - 1);
}

static const uint8_t awq_lanes[8] = {0, 4, 1, 5, 2, 6, 3, 7};

INLINE uint32_t value_of(const gatun_weight_source *s, const int32_t source, int64_t feature,
                         int64_t column) {
  int64_t n = 32 / s->bits;
  switch (source) {
    case GATUN_SOURCE_AWQ:
      return lane_of(s->values, column * (s->out_features / 8) + feature / 8,
                     awq_lanes[feature % 8], 4);
    case GATUN_SOURCE_GPTQ:
      return lane_of(s->values, column / 8 * s->out_features + feature, column % 8, 4);
    case GATUN_SOURCE_ROWS:
      return lane_of(s->values, feature * ((s->in_features + n - 1) / n) + column / n, column % n,
                     s->bits);
    default:
      return ((const uint8_t *)s->values)[feature * s->in_features + column] ^ 0x80u;
  }
}

static uint32_t zero_of(const gatun_weight_source *s, int64_t feature, int64_t group) {
  int64_t word = group * (s->out_features / 8) + feature / 8;
  switch (s->source) {
    case GATUN_SOURCE_AWQ:
      return lane_of(s->zeros, word, awq_lanes[feature % 8], 4);
    case GATUN_SOURCE_GPTQ:
      return lane_of(s->zeros, word, feature % 8, 4) + 1;
    default:
      return 1u << (s->bits - 1);
  }
}

static float scale_of(const gatun_weight_source *s, int64_t feature, int64_t group,
                      int64_t groups) {
  int64_t index = has_zeros(s) ? group * s->out_features + feature : feature * groups + group;
  return storage_get(s->scales, s->scale_type, index);
}

INLINE void gather_values(const gatun_weight_source *s, const int32_t source, int64_t feature,
                          int64_t features, int64_t place, cell *c) {
  for (int64_t i = 0; i < s->chunk; i++) {
    int64_t column = column_at(s, place + i);
    for (int64_t f = 0; f < features; f++) {
      /* A column that is missing meets inputs of 0. */
      c->values[i][f] = column < 0 ? 0 : (uint8_t)value_of(s, source, feature + f, column);
    }
  }
}

static void gather_quantised(const gatun_weight_source *s, int64_t feature, int64_t features,
                             int64_t place, cell *c) {
  int64_t groups = (s->in_features + s->group_size - 1) / s->group_size;
  int64_t group = place / s->group_size;
  for (int64_t f = 0; f < features; f++) {
    c->zeros[f] = (uint8_t)zero_of(s, feature + f, group);
    c->scales[f] = scale_of(s, feature + f, group, groups);
  }
  switch (s->source) {
    case GATUN_SOURCE_AWQ:
      gather_values(s, GATUN_SOURCE_AWQ, feature, features, place, c);
      break;
    case GATUN_SOURCE_GPTQ:
      gather_values(s, GATUN_SOURCE_GPTQ, feature, features, place, c);
      break;
    case GATUN_SOURCE_ROWS:
      gather_values(s, GATUN_SOURCE_ROWS, feature, features, place, c);
      break;
    default:
      gather_values(s, GATUN_SOURCE_BYTES, feature, features, place, c);
  }
}

static void gather_plain(const gatun_weight_source *s, int64_t feature, int64_t features,
                         int64_t place, plain_cell *p) {
  int64_t left = s->in_features - place;
  int64_t count = left < s->chunk ? left : s->chunk;
  memset(p, 0, sizeof *p);
  for (int64_t f = 0; f < features; f++) {
    const void *row = storage_at(s->values, s->value_type, (feature + f) * s->stride + place);
    for (int64_t i = 0; i < count; i++) {
      p->weights[i][f] = storage_get(row, s->value_type, i);
    }
  }
}

/* x limited to [low, high], low if it is NaN. */
INLINE float limited(float x, float low, float high) {
  float above = x > low ? x : low;
  return above < high ? above : high;
}

/* The nearest whole number, the even one of two; |x| below 2^22. */
INLINE float nearest(float x) { return (x + 12582912.0f) - 12582912.0f; }

/* Symmetric: scale = largest magnitude / 127. */
static void round_bytes(const plain_cell *p, int64_t chunk, cell *c) {
  float largest[PANEL_FEATURES] = {0};
  for (int64_t i = 0; i < chunk; i++) {
    for (int f = 0; f < PANEL_FEATURES; f++) {
      float magnitude = fabsf(p->weights[i][f]);
      largest[f] = magnitude > largest[f] ? magnitude : largest[f];
    }
  }
  for (int f = 0; f < PANEL_FEATURES; f++) {
    c->scales[f] = bf16_to_float(float_to_bf16(largest[f] / 127.0f));
    c->zeros[f] = 128;
  }
  for (int64_t i = 0; i < chunk; i++) {
    for (int f = 0; f < PANEL_FEATURES; f++) {
      float scale = c->scales[f];
      float steps = nearest(limited(p->weights[i][f] / scale, -127.0f, 127.0f));
      c->values[i][f] = (uint8_t)(scale == 0.0f ? 128.0f : steps + 128.0f);
    }
  }
}

/* Parts of the range [lowest, highest] that are tried; the sum of squared errors decides. */
static const float shares[] = {1.0f, 0.9f};
#define NUM_SHARES 2

typedef struct {
  float error[PANEL_FEATURES];
  float scale[PANEL_FEATURES];
  float zero[PANEL_FEATURES];
} nibble_fit;

static void try_range(const plain_cell *p, int64_t chunk, const float *low, const float *high,
                      float low_share, float high_share, nibble_fit *fit) {
  for (int f = 0; f < PANEL_FEATURES; f++) {
    float from = low[f] * low_share;
    float scale = (high[f] * high_share - from) / 15.0f;
    scale = bf16_to_float(float_to_bf16(scale));
    fit->scale[f] = scale;
    fit->zero[f] = scale == 0.0f ? 0.0f : nearest(limited(-from / scale, 0.0f, 15.0f));
    fit->error[f] = 0.0f;
  }
  for (int64_t i = 0; i < chunk; i++) {
    for (int f = 0; f < PANEL_FEATURES; f++) {
      float w = p->weights[i][f];
      float value = nearest(limited(w / fit->scale[f], -64.0f, 64.0f)) + fit->zero[f];
      float error = (limited(value, 0.0f, 15.0f) - fit->zero[f]) * fit->scale[f] - w;
      fit->error[f] += error * error;
    }
  }
}

static void round_nibbles(const plain_cell *p, int64_t chunk, cell *c) {
  float low[PANEL_FEATURES] = {0};
  float high[PANEL_FEATURES] = {0};
  for (int64_t i = 0; i < chunk; i++) {
    for (int f = 0; f < PANEL_FEATURES; f++) {
      float w = p->weights[i][f];
      low[f] = w < low[f] ? w : low[f];
      high[f] = w > high[f] ? w : high[f];
    }
  }
  nibble_fit best = {{0}, {0}, {0}};
  for (int h = 0; h < NUM_SHARES; h++) {
    for (int l = 0; l < NUM_SHARES; l++) {
      nibble_fit fit;
      try_range(p, chunk, low, high, shares[l], shares[h], &fit);
      for (int f = 0; f < PANEL_FEATURES; f++) {
        int is_better = (h == 0 && l == 0) || fit.error[f] < best.error[f];
        best.error[f] = is_better ? fit.error[f] : best.error[f];
        best.scale[f] = is_better ? fit.scale[f] : best.scale[f];
        best.zero[f] = is_better ? fit.zero[f] : best.zero[f];
      }
    }
  }
  for (int f = 0; f < PANEL_FEATURES; f++) {
    c->scales[f] = best.scale[f];
    c->zeros[f] = (uint8_t)best.zero[f];
  }
  for (int64_t i = 0; i < chunk; i++) {
    for (int f = 0; f < PANEL_FEATURES; f++) {
      float steps = nearest(limited(p->weights[i][f] / best.scale[f], -64.0f, 64.0f));
      float value = limited(steps + best.zero[f], 0.0f, 15.0f);
      c->values[i][f] = (uint8_t)(best.scale[f] == 0.0f ? best.zero[f] : value);
    }
  }
}

/* Bytes of four columns from `column` on, side by side; a loop over features is one of vectors. */
INLINE uint32_t four_columns(const cell *c, int64_t column, int f) {
  return (uint32_t)c->values[column][f] | (uint32_t)c->values[column + 1][f] << 8 |
         (uint32_t)c->values[column + 2][f] << 16 | (uint32_t)c->values[column + 3][f] << 24;
}

static void write_cell(const pack_call *call, int64_t index, const cell *c) {
  const gatun_weight_source *s = call->source;
  uint8_t *values = call->packed + index * call->at.value_bytes;
  uint32_t sign = INT8_ZERO == 0 ? 0x80808080u : 0;
  for (int64_t i = 0; i < s->chunk; i += s->bits == 8 ? 4 : 8) {
    uint32_t words[PANEL_FEATURES];
    for (int f = 0; f < PANEL_FEATURES; f++) {
      words[f] = s->bits == 8 ? four_columns(c, i, f) ^ sign
                              : four_columns(c, i, f) | four_columns(c, i + 4, f) << 4;
    }
    memcpy(values, words, sizeof words);
    values += sizeof words;
  }
  void *scales = call->packed + call->at.scales_at + index * call->at.scale_bytes;
  for (int f = 0; f < PANEL_FEATURES; f++) {
    storage_set(scales, s->scale_type, f, c->scales[f]);
  }
  if (call->at.zero_bytes > 0) {
    memcpy(call->packed + call->at.zeros_at + index * call->at.zero_bytes, c->zeros,
           PANEL_FEATURES);
  }
}

static void pack_panels(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const pack_call *call = context;
  const gatun_weight_source *s = call->source;
  for (int64_t panel = from; panel < to; panel++) {
    int64_t feature = panel * PANEL_FEATURES;
    int64_t left = s->out_features - feature;
    int64_t features = left < PANEL_FEATURES ? left : PANEL_FEATURES;
    for (int64_t chunk = 0; chunk < call->at.chunks; chunk++) {
      cell c;
      memset(&c, 0, sizeof c);
      if (s->source == GATUN_SOURCE_PLAIN) {
        plain_cell p;
        gather_plain(s, feature, features, chunk * s->chunk, &p);
        if (s->bits == 8) {
          round_bytes(&p, s->chunk, &c);
        } else {
          round_nibbles(&p, s->chunk, &c);
        }
      } else {
        gather_quantised(s, feature, features, chunk * s->chunk, &c);
      }
      write_cell(call, panel * call->at.chunks + chunk, &c);
    }
  }
}

static int is_packable(const gatun_weight_source *s) {
  int is_chunk = s->chunk == 32 || s->chunk == 64 || s->chunk == MAX_CHUNK;
  int is_source = s->source >= GATUN_SOURCE_PLAIN && s->source <= GATUN_SOURCE_BYTES;
  int has_values = s->source != GATUN_SOURCE_PLAIN || is_storage(s->value_type);
  return is_chunk && is_source && has_values && is_storage(s->scale_type) &&
         (s->bits == 4 || s->bits == 8) && s->out_features > 0 && s->in_features > 0 &&
         s->group_size > 0 && (s->group_size % s->chunk == 0 || s->group_size >= s->in_features);
}

static packed_layout layout_of(const gatun_weight_source *s) {
  return packed_layout_of(s->out_features, s->in_features, s->bits, s->chunk, s->scale_type,
                          has_zeros(s));
}

int64_t gatun_cpu_packed_bytes(const gatun_weight_source *source) {
  return is_packable(source) ? layout_of(source).total_bytes : -1;
}

int32_t gatun_cpu_pack(gatun_pool *pool, const gatun_weight_source *source, void *packed) {
  if (!is_packable(source)) {
    return GATUN_INVALID_ARGUMENT;
  }
  pack_call call = {source, packed, layout_of(source)};
  pool_run(pool, pack_panels, &call, call.at.panels, 1);
  return GATUN_OK;
}
