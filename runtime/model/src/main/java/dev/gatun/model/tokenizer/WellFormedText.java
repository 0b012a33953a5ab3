package dev.gatun.model.tokenizer;

/** Java strings may hold unpaired surrogates, which UTF-8 and so the tokenizers library cannot. */
final class WellFormedText {

  private WellFormedText() {}

  /**
   * {@code text} with each unpaired surrogate replaced by U+FFFD; the same object if it has none.
   */
  static String of(String text) {
    int at = firstUnpaired(text, 0);
    if (at < 0) {
      return text;
    }
    StringBuilder fixed = new StringBuilder(text);
    while (at >= 0) {
      fixed.setCharAt(at, '\uFFFD');
      at = firstUnpaired(text, at + 1);
    }
    return fixed.toString();
  }

  private static int firstUnpaired(String text, int from) {
    int i = from;
    while (i < text.length()) {
      // Of a pair, codePointAt gives the character; of anything else, the surrogate itself.
      int codePoint = text.codePointAt(i);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        return i;
      }
      i += Character.charCount(codePoint);
    }
    return -1;
  }
}
