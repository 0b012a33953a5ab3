package dev.gatun.model.grammar;

import java.util.HashMap;
import java.util.Map;

/**
 * Writes a set of characters as edges over the bytes of their UTF-8 form. A range of characters is
 * cut until each piece is a product of byte ranges; pieces share their last bytes.
 */
final class Utf8Edges {

  private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};

  private final AutomatonBuilder builder;

  Utf8Edges(AutomatonBuilder builder) {
    this.builder = builder;
  }

  void add(CodePoints set, int from, int to) {
    // Node that is left for `to` by the continuation bytes of the key; one set at a time.
    Map<Long, Integer> suffixes = new HashMap<>();
    int[] ranges = set.ranges();
    for (int i = 0; i < ranges.length; i += 2) {
      int first = ranges[i];
      for (int length = 1; length <= 4 && first <= ranges[i + 1]; length++) {
        int last = Math.min(ranges[i + 1], LAST_OF_LENGTH[length - 1]);
        if (first <= last) {
          addOfLength(first, last, length, from, to, suffixes);
          first = last + 1;
        }
      }
    }
  }

  /** Cuts a range of characters of equal length so that all but one byte position are full. */
  private void addOfLength(
      int first, int last, int length, int from, int to, Map<Long, Integer> suffixes) {
    for (int i = 1; i < length; i++) {
      int mask = (1 << (6 * i)) - 1;
      if ((first & ~mask) != (last & ~mask)) {
        if ((first & mask) != 0) {
          addOfLength(first, first | mask, length, from, to, suffixes);
          addOfLength((first | mask) + 1, last, length, from, to, suffixes);
          return;
        }
        if ((last & mask) != mask) {
          addOfLength(first, (last & ~mask) - 1, length, from, to, suffixes);
          addOfLength(last & ~mask, last, length, from, to, suffixes);
          return;
        }
      }
    }
    addPiece(first, last, length, from, to, suffixes);
  }

  private void addPiece(
      int first, int last, int length, int from, int to, Map<Long, Integer> suffixes) {
    int next = to;
    long key = 0;
    for (int i = 0; i < length - 1; i++) {
      int low = 0x80 | (first >> (6 * i) & 0x3F);
      int high = 0x80 | (last >> (6 * i) & 0x3F);
      key = key << 16 | (long) low << 8 | high;
      Integer known = suffixes.get(key);
      if (known == null) {
        known = builder.node();
        builder.addByteEdge(known, low, high, next);
        suffixes.put(key, known);
      }
      next = known;
    }
    int shift = 6 * (length - 1);
    int mark = length == 1 ? 0 : 0xF00 >> length & 0xFF;
    builder.addByteEdge(from, mark | first >> shift, mark | last >> shift, next);
  }
}
