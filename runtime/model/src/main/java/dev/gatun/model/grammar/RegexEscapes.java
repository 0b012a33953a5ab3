package dev.gatun.model.grammar;

/** The escapes of regular expressions, after their backslash. */
final class RegexEscapes {

  private static final CodePoints WORD = CodePoints.of('a', 'z', 'A', 'Z', '0', '9', '_', '_');
  private static final CodePoints SPACE = CodePoints.of('\t', '\r', ' ', ' ');

  private final SourceReader in;

  RegexEscapes(SourceReader in) {
    this.in = in;
  }

  CodePoints outsideClass() {
    int c = in.peek();
    if (c == 'b' || c == 'B' || c == 'A' || c == 'Z' || c == 'z' || c == 'G') {
      throw in.error("\\" + (char) c + " (a boundary) is not supported");
    }
    if ((c >= '1' && c <= '9') || c == 'k') {
      throw in.error("back reference \\" + (char) c + " is not supported");
    }
    return common();
  }

  CodePoints insideClass() {
    return in.take("b") ? CodePoints.of('\b', '\b') : common();
  }

  private CodePoints common() {
    int c = in.next();
    return switch (c) {
      case 'd' -> CodePoints.DIGITS;
      case 'D' -> CodePoints.DIGITS.complement();
      case 'w' -> WORD;
      case 'W' -> WORD.complement();
      case 's' -> SPACE;
      case 'S' -> SPACE.complement();
      default -> {
        int character = character(c);
        yield CodePoints.of(character, character);
      }
    };
  }

  private int character(int c) {
    return switch (c) {
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'f' -> '\f';
      case 'v' -> 0x0B;
      case '0' -> 0;
      case 'x' -> in.hex(2);
      case 'u' -> in.take("{") ? braced() : utf16();
      default -> {
        boolean isNamed =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (isNamed) {
          throw in.error("escape \\" + (char) c + " is not supported");
        }
        yield in.scalar(c);
      }
    };
  }

  private int braced() {
    int value = 0;
    while (!in.take("}")) {
      value = (value << 4) | in.hex(1);
      if (value > Character.MAX_CODE_POINT) {
        throw in.error("\\u{...} is no character");
      }
    }
    return in.scalar(value);
  }

  /** Four digits, or the two escapes of a surrogate pair. */
  private int utf16() {
    if (in.lookingAt("d") || in.lookingAt("D")) {
      int from = in.position();
      in.next();
      int high = 0xD000 | in.hex(3);
      if (Character.isHighSurrogate((char) high) && in.take("\\u") && isSurrogateAhead()) {
        in.next();
        return Character.toCodePoint((char) high, (char) (0xD000 | in.hex(3)));
      }
      in.goTo(from);
    }
    return in.hex(4);
  }

  private boolean isSurrogateAhead() {
    return in.lookingAt("d") || in.lookingAt("D");
  }
}
