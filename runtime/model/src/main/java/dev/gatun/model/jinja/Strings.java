package dev.gatun.model.jinja;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Python's view of strings: sequences of code points, with Python's idea of whitespace. */
final class Strings {

  private Strings() {}

  /** str.isspace() of one character; all of them are in the basic plane. */
  static boolean isSpace(int c) {
    return (c >= 0x09 && c <= 0x0D)
        || (c >= 0x1C && c <= 0x20)
        || c == 0x85
        || c == 0xA0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }

  static String strip(String text) {
    return strip(text, Strings::isSpace, true, true);
  }

  static String stripEnd(String text) {
    return strip(text, Strings::isSpace, false, true);
  }

  static String strip(String text, IntPredicate isStripped, boolean atStart, boolean atEnd) {
    int start = 0;
    int end = text.length();
    while (atStart && start < end && isStripped.test(text.codePointAt(start))) {
      start += Character.charCount(text.codePointAt(start));
    }
    while (atEnd && end > start && isStripped.test(text.codePointBefore(end))) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(start, end);
  }

  /** len(text): code points. */
  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** The code point at {@code index}, as a string. */
  static String at(String text, int index) {
    return Character.toString(text.codePointAt(text.offsetByCodePoints(0, index)));
  }

  /** Order by code points, which differs from Java's where surrogates are involved. */
  static int compare(String left, String right) {
    int i = 0;
    while (i < left.length() && i < right.length()) {
      int a = left.codePointAt(i);
      int b = right.codePointAt(i);
      if (a != b) {
        return Integer.compare(a, b);
      }
      i += Character.charCount(a);
    }
    return Integer.compare(left.length(), right.length());
  }

  static String slice(String text, SliceBounds bounds) {
    int[] codePoints = text.codePoints().toArray();
    List<Integer> indices =
        bounds.of(
            new AbstractList<Integer>() {
              @Override
              public Integer get(int index) {
                return codePoints[index];
              }

              @Override
              public int size() {
                return codePoints.length;
              }
            });
    StringBuilder slice = new StringBuilder(indices.size());
    indices.forEach(slice::appendCodePoint);
    return slice.toString();
  }

  /** str.capitalize(). */
  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    return titleCase(first) + lower(text.substring(Character.charCount(first)));
  }

  /** str.title(): a cased character is lower case behind another one, title case elsewhere. */
  static String title(String text) {
    StringBuilder title = new StringBuilder(text.length());
    boolean isInWord = false;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      title.append(isInWord ? lower(Character.toString(c)) : titleCase(c));
      isInWord = isCased(c);
    }
    return title.toString();
  }

  static String swapCase(String text) {
    StringBuilder swapped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              String one = Character.toString(c);
              swapped.append(Character.isUpperCase(c) ? lower(one) : upper(one));
            });
    return swapped.toString();
  }

  private static String titleCase(int c) {
    int title = Character.toTitleCase(c);
    // Characters without a title case of one character, such as sharp s, have one of several.
    String upper = upper(Character.toString(c));
    boolean isExpanded = Character.charCount(c) < upper.length() && title == c;
    return isExpanded
        ? upper.substring(0, 1) + lower(upper.substring(1))
        : Character.toString(title);
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** str.islower() or str.isupper(): some cased characters, and all of that case. */
  static boolean hasOnlyCase(String text, IntPredicate isCase) {
    boolean hasCased = false;
    for (int c : text.codePoints().toArray()) {
      if (isCased(c)) {
        hasCased = true;
        if (!isCase.test(c)) {
          return false;
        }
      }
    }
    return hasCased;
  }

  static boolean all(String text, IntPredicate predicate) {
    return !text.isEmpty() && text.codePoints().allMatch(predicate);
  }

  /** str.splitlines(), optionally keeping the line ends. */
  static List<Object> lines(String text, boolean keepEnds) {
    List<Object> lines = new ArrayList<>();
    int start = 0;
    int i = 0;
    while (i < text.length()) {
      if (!isLineEnd(text.charAt(i))) {
        i++;
        continue;
      }
      int next = text.startsWith("\r\n", i) ? i + 2 : i + 1;
      lines.add(text.substring(start, keepEnds ? next : i));
      start = next;
      i = next;
    }
    if (start < text.length()) {
      lines.add(text.substring(start));
    }
    return lines;
  }

  private static boolean isLineEnd(char c) {
    return (c >= 0x0A && c <= 0x0D)
        || (c >= 0x1C && c <= 0x1E)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }
}
