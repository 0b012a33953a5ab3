package dev.gatun.model.jinja;

import java.util.Map;

/** Python's str.format: {@code {}}, {@code {0}}, {@code {name.attribute[key]!r:spec}}. */
final class BraceFormat {

  private final Budget budget;
  private final Arguments arguments;
  private int nextIndex;

  private BraceFormat(Budget budget, Arguments arguments) {
    this.budget = budget;
    this.arguments = arguments;
  }

  static String format(Budget budget, String format, Arguments arguments) {
    return new BraceFormat(budget, arguments).run(format, 0);
  }

  private String run(String format, int depth) {
    TextBuilder out = new TextBuilder(budget);
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at);
      if (c != '{' && c != '}') {
        out.append(c);
        at++;
      } else if (at + 1 < format.length() && format.charAt(at + 1) == c) {
        out.append(c);
        at += 2;
      } else if (c == '}') {
        throw new JinjaException("Single '}' encountered in format string");
      } else {
        int end = closing(format, at);
        out.append(field(format.substring(at + 1, end), depth));
        at = end + 1;
      }
    }
    return out.toString();
  }

  private static int closing(String format, int open) {
    int depth = 0;
    for (int i = open; i < format.length(); i++) {
      depth += format.charAt(i) == '{' ? 1 : format.charAt(i) == '}' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    throw new JinjaException("expected '}' before end of string");
  }

  private String field(String field, int depth) {
    if (depth > 1) {
      throw new JinjaException("Max string recursion exceeded");
    }
    int nameEnd = nameEnd(field);
    Object value = value(field.substring(0, nameEnd));
    String rest = field.substring(nameEnd);
    if (rest.startsWith("!")) {
      boolean isRepr = rest.startsWith("!r") || rest.startsWith("!a");
      if (!isRepr && !rest.startsWith("!s")) {
        throw new JinjaException("Unknown conversion specifier '" + rest + "'");
      }
      value = isRepr ? Text.repr(budget, value) : Text.str(budget, value);
      rest = rest.substring(2);
    }
    if (rest.isEmpty() || rest.equals(":")) {
      return Text.str(budget, value);
    }
    if (!rest.startsWith(":")) {
      throw new JinjaException("expected ':' after conversion specifier");
    }
    return FormatSpec.parse(run(rest.substring(1), depth + 1)).format(budget, value);
  }

  private static int nameEnd(String field) {
    int i = 0;
    while (i < field.length() && field.charAt(i) != ':' && field.charAt(i) != '!') {
      i++;
    }
    return i;
  }

  private Object value(String path) {
    int end = 0;
    while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
      end++;
    }
    Object value = argument(path.substring(0, end));
    while (end < path.length()) {
      boolean isItem = path.charAt(end) == '[';
      int next = end + 1;
      while (next < path.length()
          && (isItem ? path.charAt(next) != ']' : ".[".indexOf(path.charAt(next)) < 0)) {
        next++;
      }
      String name = path.substring(end + 1, next);
      Object index = name.matches("\\d{1,9}") ? (Object) Long.valueOf(name) : name;
      Object found =
          isItem ? Lookup.item(budget, value, index) : Lookup.pythonAttribute(value, name);
      if (found instanceof Undefined undefined) {
        throw undefined.failure();
      }
      value = found;
      end = isItem ? next + 1 : next;
    }
    return value;
  }

  private Object argument(String name) {
    boolean isPosition = name.isEmpty() || name.matches("\\d{1,9}");
    if (!isPosition) {
      Map<String, Object> named = arguments.named();
      Object value = named.get(name);
      if (value == null) {
        throw new JinjaException("KeyError: '" + name + "'");
      }
      return value;
    }
    int index = name.isEmpty() ? nextIndex++ : Integer.parseInt(name);
    if (index >= arguments.positional().size()) {
      throw new JinjaException(
          "Replacement index " + index + " out of range for positional args tuple");
    }
    return arguments.positional().get(index);
  }
}
