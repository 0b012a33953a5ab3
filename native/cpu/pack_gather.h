/*
 * Gathers one chunk of one panel of a checkpoint's integers. Whole chunks are turned word by word
 * where the layout allows; what lies at an edge, or in another order of columns, is gathered one
 * by one.
 */
#ifndef GATUN_PACK_GATHER_H
#define GATUN_PACK_GATHER_H

#include "pack_words.h"

/* Integer `lane` of a word, lowest bits first. */
INLINE uint32_t lane_of(const void *words, int64_t word, int64_t lane, int32_t bits) {
  uint32_t value;
  memcpy(&value, (const char *)words + word * 4, sizeof value);
  return value >> (lane * bits) & ((1u << bits) - 1);
}

static const uint8_t awq_lanes[8] = {0, 4, 1, 5, 2, 6, 3, 7};

static uint32_t value_of(const gatun_weight_source *s, int64_t feature, int64_t column) {
  int64_t n = 32 / s->bits;
  switch (s->source) {
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

/* Less the block's zero_base, so that it fits a nibble. */
static uint32_t zero_of(const gatun_weight_source *s, int64_t feature, int64_t group) {
  int64_t word = group * (s->out_features / 8) + feature / 8;
  switch (s->source) {
    case GATUN_SOURCE_AWQ:
      return lane_of(s->zeros, word, awq_lanes[feature % 8], 4);
    case GATUN_SOURCE_GPTQ:
      return lane_of(s->zeros, word, feature % 8, 4);
    default: /* is not stored */
      return 0;
  }
}

static int64_t column_at(const gatun_weight_source *s, int64_t place) {
  if (s->columns != NULL) {
    return s->columns[place];
  }
  return place < s->in_features ? place : -1;
}

/* Any chunk of any layout. A column that is missing meets inputs of 0. */
static void gather_singly(const gatun_weight_source *s, int64_t feature, int64_t features,
                          int64_t place, uint32_t sign, chunk_values *c) {
  uint8_t values[MAX_CHUNK][PANEL_FEATURES];
  memset(values, 0, sizeof values);
  for (int64_t i = 0; i < s->chunk; i++) {
    int64_t column = column_at(s, place + i);
    for (int64_t f = 0; f < features && column >= 0; f++) {
      values[i][f] = (uint8_t)value_of(s, feature + f, column);
    }
  }
  if (s->bits == 8) {
    join_bytes(values, s->chunk, sign, c->words);
  } else {
    join_nibbles(values, s->chunk, c->words);
  }
}

/* Four nibbles to the low halves of four 16-bit lanes. */
INLINE uint64_t spread_nibbles(uint64_t four) {
  four = (four | four << 24) & 0x000000ff000000ffu;
  return (four | four << 12) & 0x000f000f000f000fu;
}

/* A word of AWQ holds features 0 2 4 6 1 3 5 7 of one column. */
static void gather_awq(const gatun_weight_source *s, int64_t feature, int64_t place,
                       chunk_values *c) {
  uint8_t values[MAX_CHUNK][PANEL_FEATURES];
  int64_t row_bytes = s->out_features / 2;
  const char *at = (const char *)s->values + place * row_bytes + feature / 2;
  for (int64_t i = 0; i < s->chunk; i++, at += row_bytes) {
    for (int w = 0; w < PANEL_FEATURES / 8; w++) {
      uint32_t word;
      memcpy(&word, at + 4 * w, sizeof word);
      uint64_t eight = spread_nibbles(word & 0xffffu) | spread_nibbles(word >> 16) << 8;
      memcpy(&values[i][8 * w], &eight, sizeof eight);
    }
  }
  join_nibbles(values, s->chunk, c->words);
}

/* A word of GPTQ holds eight columns of one feature, words of features side by side. */
static void gather_gptq(const gatun_weight_source *s, int64_t feature, int64_t place,
                        chunk_values *c) {
  const char *at = (const char *)s->values + (place / 8 * s->out_features + feature) * 4;
  for (int64_t i = 0; i < s->chunk / 8; i++, at += s->out_features * 4) {
    uint32_t words[PANEL_FEATURES];
    memcpy(words, at, sizeof words);
    for (int f = 0; f < PANEL_FEATURES; f++) {
      c->words[word_at(4, i) + f * WORD_STEP] = interleaved_nibbles(words[f]);
    }
  }
}

/* Words of rows hold columns in order: eight nibbles, or four bytes that BYTES stores signed. */
static void gather_rows(const gatun_weight_source *s, int64_t feature, int64_t place,
                        uint32_t sign, chunk_values *c) {
  uint32_t words[PANEL_FEATURES][MAX_CHUNK / 4];
  int64_t n = 32 / s->bits;
  int64_t row_bytes = s->source == GATUN_SOURCE_BYTES ? s->in_features
                                                      : (s->in_features + n - 1) / n * 4;
  const char *at = (const char *)s->values + feature * row_bytes + place * s->bits / 8;
  int64_t count = s->chunk / n;
  for (int f = 0; f < PANEL_FEATURES; f++, at += row_bytes) {
    memcpy(words[f], at, (size_t)count * 4);
  }
  if (s->bits == 4) {
    for (int f = 0; f < PANEL_FEATURES; f++) {
      for (int64_t i = 0; i < count; i++) {
        words[f][i] = interleaved_nibbles(words[f][i]);
      }
    }
    turn_words(words[0], MAX_CHUNK / 4, count, 4, 0, c->words);
  } else {
    uint32_t flipped = s->source == GATUN_SOURCE_BYTES ? sign ^ 0x80808080u : sign;
    turn_words(words[0], MAX_CHUNK / 4, count, 8, flipped, c->words);
  }
}

static void gather_values(const gatun_weight_source *s, int64_t feature, int64_t features,
                          int64_t place, uint32_t sign, chunk_values *c) {
  int is_whole = features == PANEL_FEATURES && place + s->chunk <= s->in_features;
  if (!is_whole || s->columns != NULL) {
    gather_singly(s, feature, features, place, sign, c);
  } else if (s->source == GATUN_SOURCE_AWQ) {
    gather_awq(s, feature, place, c);
  } else if (s->source == GATUN_SOURCE_GPTQ) {
    gather_gptq(s, feature, place, c);
  } else {
    gather_rows(s, feature, place, sign, c);
  }
}

#endif
