package dev.gatun.model.jinja;

import dev.gatun.model.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template into tokens. Whitespace control happens here, by Jinja's rules: {@code -} takes
 * all space on its side of a tag, {@code +} keeps it; without a sign, the newline after a block or
 * comment tag goes (trim_blocks), and so do the blanks before it if they begin its line
 * (lstrip_blocks).
 */
final class Lexer {

  private static final List<String> OPERATORS =
      List.of(
          "**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
          "}", ">", "<", "=", ".", ":", "|", ",", ";");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private final Deque<Character> open = new ArrayDeque<>();
  private int at;
  private int line = 1;

  /** Whether what was consumed last ended a line, so that blanks ahead begin one. */
  private boolean isAtLineStart = true;

  private Lexer(String source) {
    this.source = source;
  }

  /** Tokens of {@code template}, the last of kind END. */
  static List<Token> tokens(String template) {
    if (template.length() > Budget.MAX_SOURCE) {
      throw new JinjaException("a template of more than " + Budget.MAX_SOURCE + " characters");
    }
    String lines = template.replace("\r\n", "\n").replace('\r', '\n');
    // Jinja drops one newline at the end of a template.
    Lexer lexer = new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (at < source.length()) {
      int tag = nextTag();
      if (tag < 0) {
        data(source.substring(at));
        advance(source.length());
        break;
      }
      char sign = signAt(tag + 2);
      char type = source.charAt(tag + 1);
      data(textBefore(tag, sign, type == '{'));
      advance(tag);
      int afterSign = tag + 2 + (sign == 0 ? 0 : 1);
      switch (type) {
        case '#' -> comment(afterSign);
        case '{' -> {
          add(Kind.VARIABLE_BEGIN, "{{");
          advance(afterSign);
          code("}}", Kind.VARIABLE_END);
        }
        default -> {
          int raw = afterWord(afterSign, "raw");
          int rawEnd = raw < 0 ? -1 : endOfTag(raw, false);
          if (rawEnd >= 0) {
            advance(rawEnd);
            raw();
          } else {
            add(Kind.BLOCK_BEGIN, "{%");
            advance(afterSign);
            code("%}", Kind.BLOCK_END);
          }
        }
      }
    }
    add(Kind.END, "");
  }

  /** Position of the next tag of any type, -1 when only text is left. */
  private int nextTag() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      char next = i + 1 < source.length() ? source.charAt(i + 1) : 0;
      if (next == '{' || next == '%' || next == '#') {
        return i;
      }
    }
    return -1;
  }

  private char signAt(int position) {
    char c = position < source.length() ? source.charAt(position) : 0;
    return c == '-' || c == '+' ? c : 0;
  }

  private String textBefore(int tag, char sign, boolean isVariable) {
    String text = source.substring(at, tag);
    if (sign == '-') {
      return Strings.stripEnd(text);
    }
    if (sign != '+' && !isVariable) {
      int lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || isAtLineStart)
          && Strings.stripEnd(text.substring(lineStart)).isEmpty()) {
        return text.substring(0, lineStart);
      }
    }
    return text;
  }

  private void comment(int from) {
    int end = source.indexOf("#}", from);
    if (from == source.length()) {
      advance(from); // as in Jinja, a tag that opens at the very end is not missed there
      return;
    }
    if (end < 0) {
      throw JinjaException.at(line, "the comment is not closed by '#}'");
    }
    char sign = end > from ? signAt(end - 1) : 0;
    advance(afterTagEnd(end + 2, sign, true));
  }

  /** Everything up to endraw is text. */
  private void raw() {
    int rawLine = line;
    if (at == source.length()) {
      return;
    }
    for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
      char sign = signAt(tag + 2);
      int word = afterWord(tag + 2 + (sign == 0 ? 0 : 1), "endraw");
      int end = word < 0 ? -1 : endOfTag(word, true);
      if (end >= 0) {
        data(textBefore(tag, sign, false));
        advance(end);
        return;
      }
    }
    throw JinjaException.at(rawLine, "raw is not closed by endraw");
  }

  /** Position after blanks and {@code word}, -1 if something else stands there. */
  private int afterWord(int from, String word) {
    int i = skipSpace(from);
    if (!source.startsWith(word, i)) {
      return -1;
    }
    return skipSpace(i + word.length());
  }

  /** Position after the end of a block tag that stands at {@code from}, -1 if none does. */
  private int endOfTag(int from, boolean trimsNewline) {
    char sign = signAt(from);
    int end = sign == 0 ? from : from + 1;
    if (!source.startsWith("%}", end) || (sign == '+' && !trimsNewline)) {
      return -1;
    }
    return afterTagEnd(end + 2, sign, trimsNewline);
  }

  private int afterTagEnd(int end, char sign, boolean trimsNewline) {
    if (sign == '-') {
      return skipSpace(end);
    }
    boolean takesNewline = sign != '+' && trimsNewline && source.startsWith("\n", end);
    return takesNewline ? end + 1 : end;
  }

  private int skipSpace(int from) {
    int i = from;
    while (i < source.length() && Strings.isSpace(source.charAt(i))) {
      i++;
    }
    return i;
  }

  /** Tokens of an expression or statement up to {@code end}. */
  private void code(String end, Kind endKind) {
    open.clear();
    while (true) {
      advance(skipSpace(at));
      if (at >= source.length()) {
        throw JinjaException.at(line, "the tag is not closed by '" + end + "'");
      }
      if (open.isEmpty() && closesTag(end, endKind)) {
        return;
      }
      char c = source.charAt(at);
      if (c == '"' || c == '\'') {
        string(c);
      } else if (c >= '0' && c <= '9') {
        number();
      } else if (isNameStart(source.codePointAt(at))) {
        name();
      } else {
        operator();
      }
    }
  }

  private boolean closesTag(String end, Kind endKind) {
    boolean isVariable = endKind == Kind.VARIABLE_END;
    char sign = signAt(at);
    int after = sign == 0 || (isVariable && sign == '+') ? at : at + 1;
    if (!source.startsWith(end, after)) {
      return false;
    }
    add(endKind, end);
    advance(afterTagEnd(after + 2, sign, !isVariable));
    return true;
  }

  private void string(char quote) {
    int i = at + 1;
    while (i < source.length() && source.charAt(i) != quote) {
      i += source.charAt(i) == '\\' ? 2 : 1;
    }
    if (i >= source.length()) {
      throw JinjaException.at(line, "the string is not closed by " + quote);
    }
    add(Kind.STRING, Escapes.decode(source.substring(at + 1, i), line));
    advance(i + 1);
  }

  private void number() {
    int end = NumberLiteral.end(source, at);
    boolean isFloat = NumberLiteral.isFloat(source, at, end);
    add(isFloat ? Kind.FLOAT : Kind.INTEGER, source.substring(at, end).replace("_", ""));
    advance(end);
  }

  private void name() {
    int i = at;
    while (i < source.length()
        && (isNameStart(source.codePointAt(i))
            || Character.isUnicodeIdentifierPart(source.codePointAt(i)))) {
      i += Character.charCount(source.codePointAt(i));
    }
    add(Kind.NAME, source.substring(at, i));
    advance(i);
  }

  private static boolean isNameStart(int c) {
    return c == '_' || Character.isUnicodeIdentifierStart(c);
  }

  private void operator() {
    for (String operator : OPERATORS) {
      if (source.startsWith(operator, at)) {
        balance(operator.charAt(0));
        add(Kind.OPERATOR, operator);
        advance(at + operator.length());
        return;
      }
    }
    throw JinjaException.at(
        line, "unexpected character '" + Character.toString(source.codePointAt(at)) + "'");
  }

  private void balance(char c) {
    switch (c) {
      case '(' -> open.push(')');
      case '[' -> open.push(']');
      case '{' -> open.push('}');
      case ')', ']', '}' -> {
        if (open.isEmpty() || open.pop() != c) {
          throw JinjaException.at(line, "unexpected '" + c + "'");
        }
      }
      default -> {}
    }
  }

  private void data(String text) {
    if (!text.isEmpty()) {
      add(Kind.DATA, text);
    }
  }

  private void add(Kind kind, String text) {
    tokens.add(new Token(kind, text, line));
  }

  private void advance(int to) {
    for (int i = at; i < to; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    if (to > at) {
      isAtLineStart = source.charAt(to - 1) == '\n';
    }
    at = to;
  }
}
