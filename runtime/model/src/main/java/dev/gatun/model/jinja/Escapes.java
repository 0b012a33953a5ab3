package dev.gatun.model.jinja;

/** Backslash escapes of string literals, as Python's unicode-escape codec reads them. */
final class Escapes {

  private Escapes() {}

  static String decode(String literal, int line) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder text = new StringBuilder(literal.length());
    int i = 0;
    while (i < literal.length()) {
      char c = literal.charAt(i);
      if (c != '\\') {
        text.append(c);
        i++;
        continue;
      }
      char kind = literal.charAt(i + 1); // the lexer never ends a string within an escape
      i += 2;
      switch (kind) {
        case '\n' -> {}
        case '\\', '\'', '"' -> text.append(kind);
        case 'a' -> text.append('\u0007');
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'v' -> text.append('\u000B');
        case 'x' -> i = hex(literal, i, 2, text, line);
        case 'u' -> i = hex(literal, i, 4, text, line);
        case 'U' -> i = hex(literal, i, 8, text, line);
        case 'N' -> throw JinjaException.at(line, "\\N{...} is not supported in a string");
        case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(literal, i - 1, text);
        default -> text.append('\\').append(kind);
      }
    }
    return text.toString();
  }

  private static int hex(String literal, int from, int count, StringBuilder text, int line) {
    int to = from + count;
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = i < literal.length() ? Character.digit(literal.charAt(i), 16) : -1;
      if (digit < 0) {
        throw JinjaException.at(line, "a truncated \\x, \\u or \\U escape in a string");
      }
      value = value * 16 + digit;
    }
    if (value > Character.MAX_CODE_POINT) {
      throw JinjaException.at(line, "an escape beyond the last Unicode character in a string");
    }
    text.appendCodePoint((int) value);
    return to;
  }

  private static int octal(String literal, int from, StringBuilder text) {
    int value = 0;
    int i = from;
    while (i < literal.length() && i < from + 3 && Character.digit(literal.charAt(i), 8) >= 0) {
      value = value * 8 + Character.digit(literal.charAt(i), 8);
      i++;
    }
    text.appendCodePoint(value);
    return i;
  }
}
