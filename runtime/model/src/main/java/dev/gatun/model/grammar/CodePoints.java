package dev.gatun.model.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An immutable set of Unicode characters, as sorted ranges that do not touch. */
final class CodePoints {

  static final CodePoints ALL = of(0, 0x10FFFF);
  static final CodePoints DIGITS = of('0', '9');

  /** {@code from, to} pairs, both inclusive; without the surrogates, which UTF-8 cannot carry. */
  private final int[] ranges;

  private CodePoints(int[] ranges) {
    this.ranges = ranges;
  }

  /** The characters of {@code from, to} pairs in any order. */
  static CodePoints of(int... pairs) {
    List<int[]> sorted = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      addWithoutSurrogates(sorted, pairs[i], pairs[i + 1]);
    }
    sorted.sort((a, b) -> Integer.compare(a[0], b[0]));
    int[] merged = new int[2 * sorted.size()];
    int size = 0;
    for (int[] range : sorted) {
      if (size > 0 && range[0] <= merged[size - 1] + 1) {
        merged[size - 1] = Math.max(merged[size - 1], range[1]);
      } else {
        merged[size++] = range[0];
        merged[size++] = range[1];
      }
    }
    return new CodePoints(Arrays.copyOf(merged, size));
  }

  static CodePoints ofCharacters(String characters) {
    return of(characters.codePoints().flatMap(c -> Arrays.stream(new int[] {c, c})).toArray());
  }

  private static void addWithoutSurrogates(List<int[]> ranges, int from, int to) {
    if (from < Character.MIN_SURROGATE) {
      addIfAny(ranges, from, Math.min(to, Character.MIN_SURROGATE - 1));
    }
    addIfAny(ranges, Math.max(from, Character.MAX_SURROGATE + 1), to);
  }

  private static void addIfAny(List<int[]> ranges, int from, int to) {
    if (from <= to) {
      ranges.add(new int[] {from, to});
    }
  }

  boolean isEmpty() {
    return ranges.length == 0;
  }

  /** {@code from, to} pairs, ascending; the caller does not change them. */
  int[] ranges() {
    return ranges;
  }

  boolean contains(int codePoint) {
    for (int i = 0; i < ranges.length; i += 2) {
      if (ranges[i] <= codePoint && codePoint <= ranges[i + 1]) {
        return true;
      }
    }
    return false;
  }

  CodePoints union(CodePoints other) {
    int[] both = Arrays.copyOf(ranges, ranges.length + other.ranges.length);
    System.arraycopy(other.ranges, 0, both, ranges.length, other.ranges.length);
    return of(both);
  }

  CodePoints complement() {
    int[] pairs = new int[ranges.length + 2];
    int size = 0;
    int next = 0;
    for (int i = 0; i < ranges.length; i += 2) {
      if (next < ranges[i]) {
        pairs[size++] = next;
        pairs[size++] = ranges[i] - 1;
      }
      next = ranges[i + 1] + 1;
    }
    if (next <= 0x10FFFF) {
      pairs[size++] = next;
      pairs[size++] = 0x10FFFF;
    }
    return of(Arrays.copyOf(pairs, size));
  }

  CodePoints intersection(CodePoints other) {
    return complement().union(other.complement()).complement();
  }

  CodePoints minus(CodePoints other) {
    return complement().union(other).complement();
  }
}
