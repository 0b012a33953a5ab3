/*
 * One chunk of one panel on its way into packed.h, and how integers become its words: a word holds
 * 4 bytes or 8 nibbles of one feature, words of the panel's features lie side by side.
 */
#ifndef GATUN_PACK_WORDS_H
#define GATUN_PACK_WORDS_H

#include "packed.h"

/* The words are written where they belong; scales and zero points belong to all of them. */
typedef struct {
  uint32_t *words;
  uint8_t zeros[PANEL_FEATURES];
  float scales[PANEL_FEATURES];
} chunk_values;

/* Rows of n words, `stride` apart, to columns of PANEL_FEATURES; bits of `flipped` change. */
INLINE void turn_words(const uint32_t *rows, int64_t stride, int64_t n, const int32_t bits,
                       uint32_t flipped, uint32_t *out) {
  for (int64_t f = 0; f < PANEL_FEATURES; f += 4) {
    const uint32_t *row = rows + f * stride;
    for (int64_t i = 0; i < n; i++) {
      uint32_t *four = out + word_at(bits, i) + f * WORD_STEP;
      four[0] = row[i] ^ flipped;
      four[WORD_STEP] = row[stride + i] ^ flipped;
      four[2 * WORD_STEP] = row[2 * stride + i] ^ flipped;
      four[3 * WORD_STEP] = row[3 * stride + i] ^ flipped;
    }
  }
}

/* Four columns from `column` on, side by side; a loop over features is one of vectors. */
INLINE uint32_t four_columns(const uint8_t values[][PANEL_FEATURES], int64_t column, int f) {
  return (uint32_t)values[column][f] | (uint32_t)values[column + 1][f] << 8 |
         (uint32_t)values[column + 2][f] << 16 | (uint32_t)values[column + 3][f] << 24;
}

INLINE void join_bytes(const uint8_t values[][PANEL_FEATURES], int64_t chunk, uint32_t flipped,
                       uint32_t *words) {
  for (int64_t i = 0; i < chunk; i += 4) {
    uint32_t *at = words + word_at(8, i / 4);
    for (int f = 0; f < PANEL_FEATURES; f++) {
      at[f * WORD_STEP] = four_columns(values, i, f) ^ flipped;
    }
  }
}

INLINE void join_nibbles(const uint8_t values[][PANEL_FEATURES], int64_t chunk, uint32_t *words) {
  for (int64_t i = 0; i < chunk; i += 8) {
    uint32_t *at = words + word_at(4, i / 8);
    for (int f = 0; f < PANEL_FEATURES; f++) {
      at[f * WORD_STEP] = four_columns(values, i, f) | four_columns(values, i + 4, f) << 4;
    }
  }
}

/* Nibbles 0 to 7 of a word, which are columns in order, to the places they have in packed.h. */
INLINE uint32_t interleaved_nibbles(uint32_t word) {
  uint32_t low = (word & 0xffu) | (word & 0xff00u) << 8;
  uint32_t high = (word >> 16 & 0xffu) | (word >> 8 & 0xff0000u);
  low = (low | low << 4) & 0x0f0f0f0fu;
  high = (high | high << 4) & 0x0f0f0f0fu;
  return low | high << 4;
}

#endif
