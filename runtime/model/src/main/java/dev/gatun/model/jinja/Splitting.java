package dev.gatun.model.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The methods of str that take a string apart. */
final class Splitting {

  private Splitting() {}

  static Object split(Budget budget, String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("split()", "sep", "maxsplit");
    int max = bound.integer("maxsplit", -1);
    Object separator = bound.or("sep", None.NONE);
    List<Object> parts =
        separator == None.NONE
            ? words(text, max < 0 ? Integer.MAX_VALUE : max)
            : split(text, separator(separator), max < 0 ? Integer.MAX_VALUE : max);
    budget.steps(parts.size());
    return parts;
  }

  static Object splitFromEnd(Budget budget, String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("rsplit()", "sep", "maxsplit");
    int max = bound.integer("maxsplit", -1);
    if (max < 0) {
      return split(budget, text, arguments);
    }
    Object separator = bound.or("sep", None.NONE);
    List<Object> parts =
        separator == None.NONE
            ? wordsFromEnd(text, max)
            : splitFromEnd(text, separator(separator), max);
    budget.steps(parts.size());
    return parts;
  }

  private static String separator(Object separator) {
    if (separator instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (!(separator instanceof String text)) {
      throw new JinjaException("must be str or None, not " + Types.name(separator));
    }
    if (text.isEmpty()) {
      throw new JinjaException("empty separator");
    }
    return text;
  }

  private static List<Object> split(String text, String separator, int max) {
    List<Object> parts = new ArrayList<>();
    int at = 0;
    while (parts.size() < max) {
      int found = text.indexOf(separator, at);
      if (found < 0) {
        break;
      }
      parts.add(text.substring(at, found));
      at = found + separator.length();
    }
    parts.add(text.substring(at));
    return parts;
  }

  private static List<Object> splitFromEnd(String text, String separator, int max) {
    List<Object> parts = new ArrayList<>();
    int end = text.length();
    while (parts.size() < max) {
      int found = text.lastIndexOf(separator, end - separator.length());
      if (found < 0) {
        break;
      }
      parts.add(text.substring(found + separator.length(), end));
      end = found;
    }
    parts.add(text.substring(0, end));
    Collections.reverse(parts);
    return parts;
  }

  /** Parts between runs of whitespace, none of them empty; after {@code max} the rest as it is. */
  private static List<Object> words(String text, int max) {
    List<Object> words = new ArrayList<>();
    int at = skip(text, 0, true);
    while (at < text.length()) {
      if (words.size() == max) {
        words.add(text.substring(at));
        break;
      }
      int end = skip(text, at, false);
      words.add(text.substring(at, end));
      at = skip(text, end, true);
    }
    return words;
  }

  private static int skip(String text, int from, boolean isSpace) {
    int i = from;
    while (i < text.length() && Strings.isSpace(text.charAt(i)) == isSpace) {
      i++;
    }
    return i;
  }

  private static List<Object> wordsFromEnd(String text, int max) {
    List<Object> words = new ArrayList<>();
    String rest = Strings.stripEnd(text);
    while (!rest.isEmpty()) {
      if (words.size() == max) {
        words.add(rest);
        break;
      }
      int start = rest.length();
      while (start > 0 && !Strings.isSpace(rest.charAt(start - 1))) {
        start--;
      }
      words.add(rest.substring(start));
      rest = Strings.stripEnd(rest.substring(0, start));
    }
    Collections.reverse(words);
    return words;
  }

  static Object lines(Budget budget, String text, Arguments arguments) {
    boolean keepEnds = arguments.bind("splitlines()", "keepends").isTrue("keepends", false);
    List<Object> lines = Strings.lines(text, keepEnds);
    budget.steps(lines.size());
    return lines;
  }

  static Object partition(String text, Arguments arguments, boolean isLast) {
    String separator = separator(arguments.bind("partition()", "sep").required("sep"));
    int found = isLast ? text.lastIndexOf(separator) : text.indexOf(separator);
    if (found < 0) {
      return new Tuple(isLast ? List.of("", "", text) : List.of(text, "", ""));
    }
    return new Tuple(
        List.of(text.substring(0, found), separator, text.substring(found + separator.length())));
  }
}
