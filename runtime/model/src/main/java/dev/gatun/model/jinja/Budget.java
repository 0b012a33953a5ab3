package dev.gatun.model.jinja;

/**
 * What one render may still use. Every evaluated node and every element or character that an
 * operation touches is paid here, so that no template, however built, runs for long. For one
 * thread.
 */
final class Budget {

  /** Characters of a template's source. */
  static final int MAX_SOURCE = 1 << 20;

  /** Expressions or blocks within each other in the source. */
  static final int MAX_NESTING = 100;

  /** Evaluated nodes and touched elements of a render. */
  static final long MAX_STEPS = 5_000_000;

  /** Nodes within each other while rendering, through macro calls too: bounds the Java stack. */
  static final int MAX_DEPTH = 800;

  /** Containers within each other in a value. */
  static final int MAX_VALUE_DEPTH = 100;

  /** Characters of any one string, the output among them. */
  static final int MAX_TEXT = 4 << 20;

  /** Characters of all strings that a render reads or builds, one after the other. */
  static final long MAX_TOTAL_TEXT = 256L << 20;

  /** Numbers in a range(), the limit of Jinja's own sandbox. */
  static final int MAX_RANGE = 100_000;

  /** Bits of an integer. */
  static final int MAX_INTEGER_BITS = 1 << 14;

  private long steps;
  private long totalText;
  private int depth;
  private int line = 1;

  void step() {
    steps(1);
  }

  void steps(long count) {
    steps += count;
    if (steps > MAX_STEPS) {
      throw new JinjaException("more than " + MAX_STEPS + " steps");
    }
  }

  /** Pays for reading or building a string of {@code length} characters. */
  void text(long length) {
    if (length > MAX_TEXT) {
      throw new JinjaException("a text of more than " + MAX_TEXT + " characters");
    }
    totalText += length;
    if (totalText > MAX_TOTAL_TEXT) {
      throw new JinjaException("more than " + MAX_TOTAL_TEXT + " characters of text in total");
    }
  }

  /** As {@link #text}, handing the string through. */
  String paid(String text) {
    text(text.length());
    return text;
  }

  void enter() {
    step();
    if (++depth > MAX_DEPTH) {
      throw new JinjaException("nested deeper than " + MAX_DEPTH + " levels");
    }
  }

  void leave() {
    depth--;
  }

  static void checkValueDepth(int valueDepth) {
    if (valueDepth > MAX_VALUE_DEPTH) {
      throw new JinjaException("a value nested deeper than " + MAX_VALUE_DEPTH + " levels");
    }
  }

  void at(int line) {
    this.line = line;
  }

  /** The line of the statement that is being rendered. */
  int line() {
    return line;
  }
}
