/*
 * Packed integer weights: what gatun_cpu_pack writes and gatun_cpu_packed_linear reads.
 *
 * Rows are taken in panels of PANEL_FEATURES, columns in chunks. Three parts, one behind the other,
 * each starting at a multiple of 64 bytes; within a part panel after panel, chunk after chunk:
 *
 *   values   8 bits: for every 4 columns, 4 bytes of each feature
 *            4 bits: for every 8 columns, 4 bytes of each feature; columns 0-3 in the low nibbles,
 *            4-7 in the high ones
 *   scales   one of each feature, of scale_type
 *   zeros    of 4 bits alone: a nibble of each feature, less the block's zero_base; feature f of
 *            the panel's first half in the low nibble of byte f, of its second in the high one;
 *            absent if zero points are 8 everywhere
 *
 * Features and columns that are missing at the end have scale 0.
 *
 * Four bytes of a feature are a word. With PACKED_PAIRS the words of features do not lie one by one
 * but two by two, of every 16 columns
 *
 *   8 bits   those of columns 0-3 and 8-11, then 4-7 and 12-15
 *   4 bits   those of columns 0-7 and 8-15: low nibbles then are as the first, high as the second
 */
#ifndef GATUN_PACKED_H
#define GATUN_PACKED_H

#include "storage.h"

#define PANEL_FEATURES (2 * VW)
#define MAX_CHUNK 128

typedef struct {
  int64_t panels;
  int64_t chunks;
  int64_t value_bytes; /* of one chunk of one panel; likewise the next two */
  int64_t scale_bytes;
  int64_t zero_bytes;
  int64_t scales_at;
  int64_t zeros_at;
  int64_t total_bytes;
} packed_layout;

/* From a feature's word to the next feature's. */
#define WORD_STEP (PACKED_PAIRS ? 2 : 1)

/* Index of the i-th word of a chunk's first feature. */
INLINE int64_t word_at(int32_t bits, int64_t i) {
  if (!PACKED_PAIRS) {
    return i * PANEL_FEATURES;
  }
  return bits == 8 ? (i / 4 * 2 + i % 2) * 2 * PANEL_FEATURES + i / 2 % 2
                   : i / 2 * 2 * PANEL_FEATURES + i % 2;
}

INLINE int64_t round_up(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

INLINE packed_layout packed_layout_of(int64_t out_features, int64_t in_features, int32_t bits,
                                      int32_t chunk, int32_t scale_type, int has_zeros) {
  packed_layout at;
  at.panels = (out_features + PANEL_FEATURES - 1) / PANEL_FEATURES;
  at.chunks = (in_features + chunk - 1) / chunk;
  at.value_bytes = PANEL_FEATURES * chunk * bits / 8;
  at.scale_bytes = PANEL_FEATURES * storage_bytes(scale_type);
  at.zero_bytes = has_zeros ? PANEL_FEATURES / 2 : 0;
  int64_t cells = at.panels * at.chunks;
  at.scales_at = round_up(cells * at.value_bytes, 64);
  at.zeros_at = at.scales_at + round_up(cells * at.scale_bytes, 64);
  at.total_bytes = at.zeros_at + round_up(cells * at.zero_bytes, 64);
  return at;
}

#endif
