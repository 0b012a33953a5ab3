package dev.gatun.model.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Python's json.dumps, as transformers' tojson filter calls it: text is not escaped to ASCII. */
final class Json {

  private final Budget budget;
  private final Format format;
  private final TextBuilder out;

  /**
   * How to write.
   *
   * @param indent what each level is indented by; "" with {@code isIndented} for lines without
   *     indentation
   */
  record Format(
      boolean isAscii,
      boolean isIndented,
      String indent,
      String itemSeparator,
      String keySeparator,
      boolean sortsKeys) {}

  private Json(Budget budget, Format format) {
    this.budget = budget;
    this.format = format;
    this.out = new TextBuilder(budget);
  }

  static String write(Budget budget, Object value, Format format) {
    Json json = new Json(budget, format);
    json.append(value, 0);
    return json.out.toString();
  }

  private void append(Object value, int depth) {
    Budget.checkValueDepth(depth);
    budget.step();
    switch (value) {
      case String text -> appendQuoted(text);
      case None _ -> out.append("null");
      case Boolean bool -> out.append(bool ? "true" : "false");
      case Long number -> out.append(number.toString());
      case BigInteger number -> out.append(number.toString());
      case Double number -> out.append(number(number));
      case List<?> list -> appendItems(Types.cast(list), depth);
      case Tuple tuple -> appendItems(tuple.items(), depth);
      case Map<?, ?> map -> appendEntries(Types.cast(map), depth);
      default ->
          throw new JinjaException(
              "Object of type " + Types.name(value) + " is not JSON serializable");
    }
  }

  private static String number(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "Infinity" : "-Infinity";
    }
    return Numbers.repr(number);
  }

  private void appendItems(List<Object> items, int depth) {
    if (items.isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    for (int i = 0; i < items.size(); i++) {
      separate(i, depth + 1);
      append(items.get(i), depth + 1);
    }
    newLine(depth);
    out.append(']');
  }

  private void appendEntries(Map<Object, Object> map, int depth) {
    if (map.isEmpty()) {
      out.append("{}");
      return;
    }
    List<Map.Entry<Object, Object>> entries = new ArrayList<>(map.entrySet());
    if (format.sortsKeys()) {
      entries.sort((a, b) -> Comparisons.compare(budget, a.getKey(), b.getKey()));
    }
    out.append('{');
    for (int i = 0; i < entries.size(); i++) {
      separate(i, depth + 1);
      appendQuoted(key(entries.get(i).getKey()));
      out.append(format.keySeparator());
      append(entries.get(i).getValue(), depth + 1);
    }
    newLine(depth);
    out.append('}');
  }

  private static String key(Object key) {
    return switch (key) {
      case String text -> text;
      case None _ -> "null";
      case Boolean bool -> bool ? "true" : "false";
      case Double number -> number(number);
      default -> key.toString();
    };
  }

  private void separate(int index, int depth) {
    if (index > 0) {
      out.append(format.itemSeparator());
    }
    newLine(depth);
  }

  private void newLine(int depth) {
    if (format.isIndented()) {
      out.append('\n').repeat(format.indent(), depth);
    }
  }

  private void appendQuoted(String text) {
    budget.text(text.length());
    out.append('"');
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\' && (c < 0x7F || !format.isAscii() || c == 0x7F)) {
        continue;
      }
      out.append(text.substring(from, i));
      from = i + 1;
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    out.append(text.substring(from));
    out.append('"');
  }
}
