package dev.gatun.model.grammar;

/** Reads a source text by code points and says where something is wrong with it. */
final class SourceReader {

  static final int END = -1;

  private final String kind;
  private final String source;
  private int at;
  private int nesting;

  /**
   * @param kind what the text is, in messages
   */
  SourceReader(String kind, String source) {
    GrammarException.checkLimit(
        "characters of the " + kind, source.length(), GrammarLimits.MAX_SOURCE_CHARS);
    this.kind = kind;
    this.source = source;
  }

  /** The next character without taking it, {@link #END} at the end. */
  int peek() {
    return at < source.length() ? source.codePointAt(at) : END;
  }

  int next() {
    int c = peek();
    if (c == END) {
      throw error("ends too early");
    }
    at += Character.charCount(c);
    return c;
  }

  boolean lookingAt(String text) {
    return source.startsWith(text, at);
  }

  boolean take(String text) {
    boolean isThere = lookingAt(text);
    if (isThere) {
      at += text.length();
    }
    return isThere;
  }

  void expect(String text) {
    if (!take(text)) {
      throw error("'" + text + "' is missing");
    }
  }

  int position() {
    return at;
  }

  void goTo(int position) {
    at = position;
  }

  String since(int position) {
    return source.substring(position, at);
  }

  void enter() {
    nesting++;
    GrammarException.checkLimit("nested groups of the " + kind, nesting, GrammarLimits.MAX_NESTING);
  }

  void leave() {
    nesting--;
  }

  /** A number of {@code numDigits} hexadecimal digits. */
  int hex(int numDigits) {
    int value = 0;
    for (int i = 0; i < numDigits; i++) {
      int c = next();
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw error("expected " + numDigits + " hexadecimal digits");
      }
      value = 16 * value + digit;
    }
    return scalar(value);
  }

  /** A character that UTF-8 can carry. */
  int scalar(int codePoint) {
    boolean isSurrogate =
        codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    if (isSurrogate || !Character.isValidCodePoint(codePoint)) {
      throw error("U+" + Integer.toHexString(codePoint) + " is no character");
    }
    return codePoint;
  }

  /** The limits of a repetition after its brace; {@code {m}}, {@code {m,}} or {@code {m,n}}. */
  Expression repeat(Expression body) {
    int min = count();
    int max = min;
    if (take(",")) {
      max = peek() == '}' ? Expression.UNBOUNDED : count();
    }
    expect("}");
    if (max != Expression.UNBOUNDED && max < min) {
      throw error("repetition {" + min + "," + max + "} has its limits in the wrong order");
    }
    return new Expression.Repetition(body, min, max);
  }

  private int count() {
    int from = at;
    long value = 0;
    while (peek() >= '0' && peek() <= '9') {
      value = Math.min(10 * value + (next() - '0'), Integer.MAX_VALUE);
    }
    if (from == at) {
      throw error("a repetition needs a number");
    }
    GrammarException.checkLimit("repetitions", value, GrammarLimits.MAX_REPETITION);
    return (int) value;
  }

  GrammarException error(String what) {
    return new GrammarException(kind + ": " + what + " at character " + at);
  }
}
