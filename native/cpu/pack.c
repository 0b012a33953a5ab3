/*
 * Packs quantised weights of a checkpoint, or rounds plain ones, into the layout of packed.h. Runs
 * once per layer at load; panels are split over threads.
 *
 * Rows of a file are read panel after panel. AWQ and GPTQ store columns one behind the other, so
 * that some panels are taken together, chunk after chunk: what is read then lies side by side.
 */
#include "pack_gather.h"
#include "pack_round.h"
#include "pool.h"

/* Panels of column-wise sources that are taken together: 16 panels of 32 features are 256 bytes. */
#define BAND_PANELS 16

typedef struct {
  const gatun_weight_source *source;
  uint8_t *packed;
  packed_layout at;
} pack_call;

static int has_columns_outside(const gatun_weight_source *s) {
  return s->source == GATUN_SOURCE_AWQ || s->source == GATUN_SOURCE_GPTQ;
}

static int has_zeros(const gatun_weight_source *s) {
  return has_columns_outside(s) || (s->source == GATUN_SOURCE_PLAIN && s->bits == 4);
}

static void round_chunk(const gatun_weight_source *s, int64_t feature, int64_t features,
                        int64_t place, uint32_t sign, chunk_values *c) {
  plain_chunk p;
  switch (s->value_type) {
    case GATUN_F32:
      load_rows(s, GATUN_F32, feature, features, place, &p);
      break;
    case GATUN_F16:
      load_rows(s, GATUN_F16, feature, features, place, &p);
      break;
    default:
      load_rows(s, GATUN_BF16, feature, features, place, &p);
  }
  if (s->bits == 8) {
    round_bytes(&p, s->chunk, sign, c);
  } else {
    round_nibbles(&p, s->chunk, c);
  }
}

static void gather_chunk(const gatun_weight_source *s, int64_t feature, int64_t features,
                         int64_t place, uint32_t sign, chunk_values *c) {
  int64_t groups = (s->in_features + s->group_size - 1) / s->group_size;
  int64_t group = place / s->group_size;
  memset(c->zeros, 0, sizeof c->zeros);
  memset(c->scales, 0, sizeof c->scales);
  for (int64_t f = 0; f < features; f++) {
    int64_t index = has_zeros(s) ? group * s->out_features + feature + f
                                 : (feature + f) * groups + group;
    c->scales[f] = storage_get(s->scales, s->scale_type, index);
    c->zeros[f] = (uint8_t)zero_of(s, feature + f, group);
  }
  gather_values(s, feature, features, place, sign, c);
}

static void pack_chunk(const pack_call *call, int64_t panel, int64_t chunk) {
  const gatun_weight_source *s = call->source;
  int64_t feature = panel * PANEL_FEATURES;
  int64_t left = s->out_features - feature;
  int64_t features = left < PANEL_FEATURES ? left : PANEL_FEATURES;
  int64_t index = panel * call->at.chunks + chunk;
  uint32_t sign = INT8_ZERO == 0 ? 0x80808080u : 0;
  chunk_values c;
  c.words = (uint32_t *)(void *)(call->packed + index * call->at.value_bytes);
  if (s->source == GATUN_SOURCE_PLAIN) {
    round_chunk(s, feature, features, chunk * s->chunk, sign, &c);
  } else {
    gather_chunk(s, feature, features, chunk * s->chunk, sign, &c);
  }
  void *scales = call->packed + call->at.scales_at + index * call->at.scale_bytes;
  for (int f = 0; f < PANEL_FEATURES; f++) {
    storage_set(scales, s->scale_type, f, c.scales[f]);
  }
  if (call->at.zero_bytes > 0) {
    uint8_t *zeros = call->packed + call->at.zeros_at + index * call->at.zero_bytes;
    for (int f = 0; f < PANEL_FEATURES / 2; f++) {
      zeros[f] = (uint8_t)(c.zeros[f] | c.zeros[PANEL_FEATURES / 2 + f] << 4);
    }
  }
}

static void pack_panels(void *context, int32_t worker, int64_t from, int64_t to) {
  (void)worker;
  const pack_call *call = context;
  int64_t band = has_columns_outside(call->source) ? BAND_PANELS : 1;
  for (int64_t first = from; first < to; first += band) {
    int64_t last = first + band < to ? first + band : to;
    for (int64_t chunk = 0; chunk < call->at.chunks; chunk++) {
      for (int64_t panel = first; panel < last; panel++) {
        pack_chunk(call, panel, chunk);
      }
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
  int64_t grain = has_columns_outside(source) ? BAND_PANELS : 1;
  pool_run(pool, pack_panels, &call, call.at.panels, grain);
  return GATUN_OK;
}
