package dev.gatun.model.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Python's str() and repr(). */
final class Text {

  private final TextBuilder out;

  private Text(Budget budget) {
    this.out = new TextBuilder(budget);
  }

  static String str(Budget budget, Object value) {
    if (value instanceof String text) {
      return budget.paid(text);
    }
    if (value instanceof Undefined) {
      return "";
    }
    return repr(budget, value);
  }

  static String repr(Budget budget, Object value) {
    Text text = new Text(budget);
    text.append(value, 0);
    return text.out.toString();
  }

  /** repr() of a scalar for a message; containers are named by their type alone. */
  static String shortRepr(Object value) {
    return switch (value) {
      case String text -> "'" + (text.length() > 60 ? text.substring(0, 60) + "..." : text) + "'";
      case Long number -> number.toString();
      default -> Types.name(value);
    };
  }

  private void append(Object value, int depth) {
    Budget.checkValueDepth(depth);
    switch (value) {
      case None _ -> out.append("None");
      case Undefined _ -> out.append("Undefined");
      case Boolean bool -> out.append(bool ? "True" : "False");
      case Long number -> out.append(number.toString());
      case BigInteger number -> out.append(number.toString());
      case Double number -> out.append(Numbers.repr(number));
      case String text -> appendQuoted(text);
      case List<?> list -> appendItems("[", Types.cast(list), "]", depth);
      case Tuple tuple ->
          appendItems("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")", depth);
      case Map<?, ?> map -> appendEntries(Types.cast(map), depth);
      case Range range -> appendRange(range);
      case DictView view -> appendItems(view.kind() + "([", view.items(), "])", depth);
      case Namespace namespace -> {
        out.append("<Namespace ");
        appendEntries(namespace.attributes(), depth);
        out.append(">");
      }
      case Loop loop -> out.append(loop.toString());
      case Callable.Macro macro -> {
        out.append("<Macro ");
        appendQuoted(macro.definition().name());
        out.append(">");
      }
      default -> out.append("<").append(Types.name(value)).append(" object>");
    }
  }

  private void appendRange(Range range) {
    out.append("range(" + range.start() + ", " + range.stop());
    out.append(range.step() == 1 ? ")" : ", " + range.step() + ")");
  }

  private void appendItems(String open, List<Object> items, String close, int depth) {
    out.append(open);
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        out.append(", ");
      }
      append(items.get(i), depth + 1);
    }
    out.append(close);
  }

  private void appendEntries(Map<Object, Object> entries, int depth) {
    String separator = "{";
    for (Map.Entry<Object, Object> entry : entries.entrySet()) {
      out.append(separator);
      append(entry.getKey(), depth + 1);
      out.append(": ");
      append(entry.getValue(), depth + 1);
      separator = ", ";
    }
    out.append(entries.isEmpty() ? "{}" : "}");
  }

  private void appendQuoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.append(quote);
    text.codePoints().forEach(c -> appendEscaped(c, quote));
    out.append(quote);
  }

  private void appendEscaped(int c, char quote) {
    switch (c) {
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c == quote) {
          out.append('\\').append(quote);
        } else if (isPrintable(c)) {
          out.appendCodePoint(c);
        } else {
          String format = c <= 0xFF ? "\\x%02x" : c <= 0xFFFF ? "\\u%04x" : "\\U%08x";
          out.append(String.format(Locale.ROOT, format, c));
        }
      }
    }
  }

  /** str.isprintable() of one character. */
  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
