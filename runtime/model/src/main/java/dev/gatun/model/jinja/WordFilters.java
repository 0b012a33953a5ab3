package dev.gatun.model.jinja;

import java.util.Map;

/** Filters that look at the words of a text. */
final class WordFilters {

  static final Map<String, Filters.Filter> ALL =
      Map.of(
          "title", WordFilters::title,
          "truncate", WordFilters::truncate,
          "wordcount", WordFilters::wordCount);

  private WordFilters() {}

  /** Unlike str.title(), words begin only behind blanks, dashes and opening brackets. */
  private static Object title(Rendering rendering, Object value, Arguments arguments) {
    String text = rendering.str(value);
    StringBuilder title = new StringBuilder(text.length());
    boolean isInWord = false;
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      boolean isSeparator = Strings.isSpace(c) || "-({[<".indexOf(c) >= 0;
      String one = Character.toString(c);
      title.append(isSeparator ? one : isInWord ? Strings.lower(one) : Strings.upper(one));
      isInWord = !isSeparator;
    }
    return title.toString();
  }

  private static Object truncate(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("truncate()", "length", "killwords", "end", "leeway");
    String text = rendering.str(value);
    String end = bound.string("end", "...");
    int length = bound.integer("length", 255);
    int leeway = bound.get("leeway") == null ? 5 : bound.integer("leeway", 5);
    int kept = length - Strings.length(end);
    if (kept < 0 || leeway < 0) {
      throw new JinjaException("truncate(): expected length >= %d".formatted(Strings.length(end)));
    }
    if (Strings.length(text) <= (long) length + leeway) {
      return text;
    }
    String start = text.substring(0, text.offsetByCodePoints(0, kept));
    int lastBlank = start.lastIndexOf(' ');
    boolean cutsWord = bound.isTrue("killwords", false) || lastBlank < 0;
    return (cutsWord ? start : start.substring(0, lastBlank)) + end;
  }

  private static Object wordCount(Rendering rendering, Object value, Arguments arguments) {
    long count = 0;
    boolean isInWord = false;
    for (int c : rendering.str(value).codePoints().toArray()) {
      boolean isWord = c == '_' || Character.isLetterOrDigit(c);
      count += isWord && !isInWord ? 1 : 0;
      isInWord = isWord;
    }
    return count;
  }
}
