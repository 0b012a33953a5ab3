package dev.gatun.model.jinja;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Methods of str. */
final class StringMethods {

  @FunctionalInterface
  private interface Method {
    Object call(Budget budget, String text, Arguments arguments);
  }

  private static final Map<String, Method> METHODS =
      Map.ofEntries(
          plain("upper", Strings::upper),
          plain("lower", Strings::lower),
          plain("casefold", text -> Strings.lower(Strings.upper(text))),
          plain("title", Strings::title),
          plain("capitalize", Strings::capitalize),
          plain("swapcase", Strings::swapCase),
          plain("isdigit", text -> Strings.all(text, Character::isDigit)),
          plain("isdecimal", text -> Strings.all(text, Character::isDigit)),
          plain("isnumeric", text -> Strings.all(text, StringMethods::isNumeric)),
          plain("isalpha", text -> Strings.all(text, Character::isLetter)),
          plain("isalnum", text -> Strings.all(text, StringMethods::isAlphanumeric)),
          plain("isspace", text -> Strings.all(text, Strings::isSpace)),
          plain("isupper", text -> Strings.hasOnlyCase(text, Character::isUpperCase)),
          plain("islower", text -> Strings.hasOnlyCase(text, Character::isLowerCase)),
          plain("isascii", text -> text.codePoints().allMatch(c -> c < 128)),
          plain("istitle", text -> isTitle(text)),
          Map.entry("strip", (_, text, arguments) -> strip(text, arguments, true, true)),
          Map.entry("lstrip", (_, text, arguments) -> strip(text, arguments, true, false)),
          Map.entry("rstrip", (_, text, arguments) -> strip(text, arguments, false, true)),
          Map.entry("startswith", (_, text, arguments) -> hasAffix(text, arguments, true)),
          Map.entry("endswith", (_, text, arguments) -> hasAffix(text, arguments, false)),
          Map.entry("removeprefix", (_, text, arguments) -> withoutAffix(text, arguments, true)),
          Map.entry("removesuffix", (_, text, arguments) -> withoutAffix(text, arguments, false)),
          Map.entry("find", (_, text, arguments) -> (long) find(text, arguments, false)),
          Map.entry("rfind", (_, text, arguments) -> (long) find(text, arguments, true)),
          Map.entry("index", (_, text, arguments) -> index(text, arguments, false)),
          Map.entry("rindex", (_, text, arguments) -> index(text, arguments, true)),
          Map.entry("count", (_, text, arguments) -> count(text, arguments)),
          Map.entry("split", Splitting::split),
          Map.entry("rsplit", Splitting::splitFromEnd),
          Map.entry("splitlines", Splitting::lines),
          Map.entry("partition", (_, text, args) -> Splitting.partition(text, args, false)),
          Map.entry("rpartition", (_, text, args) -> Splitting.partition(text, args, true)),
          Map.entry("replace", StringMethods::replace),
          Map.entry("join", StringMethods::join),
          Map.entry("format", BraceFormat::format),
          Map.entry("zfill", StringMethods::zeroFill),
          Map.entry("center", (budget, text, args) -> justify(budget, text, args, '^')),
          Map.entry("ljust", (budget, text, args) -> justify(budget, text, args, '<')),
          Map.entry("rjust", (budget, text, args) -> justify(budget, text, args, '>')),
          Map.entry("expandtabs", StringMethods::expandTabs));

  private StringMethods() {}

  static boolean exists(String name) {
    return METHODS.containsKey(name);
  }

  static Object call(Budget budget, String text, String name, Arguments arguments) {
    Method method = METHODS.get(name);
    if (method == null) {
      throw new JinjaException("str has no method '" + name + "'");
    }
    budget.text(text.length());
    Object result = method.call(budget, text, arguments);
    if (result instanceof String string) {
      budget.text(string.length());
    }
    return result;
  }

  private static Map.Entry<String, Method> plain(String name, Function<String, Object> body) {
    return Map.entry(
        name,
        (_, text, arguments) -> {
          arguments.bind(name + "()");
          return body.apply(text);
        });
  }

  private static Object strip(String text, Arguments arguments, boolean atStart, boolean atEnd) {
    Object chars = arguments.bind("strip()", "chars").or("chars", None.NONE);
    return strip(text, chars, atStart, atEnd);
  }

  /** Strips the characters of {@code chars}, or whitespace if that is None. */
  static String strip(String text, Object chars, boolean atStart, boolean atEnd) {
    if (chars == None.NONE) {
      return Strings.strip(text, Strings::isSpace, atStart, atEnd);
    }
    if (!(chars instanceof String set)) {
      throw new JinjaException("strip arg must be None or str");
    }
    return Strings.strip(text, c -> set.indexOf(c) >= 0, atStart, atEnd);
  }

  private static boolean hasAffix(String text, Arguments arguments, boolean isPrefix) {
    String callee = isPrefix ? "startswith()" : "endswith()";
    Arguments.Bound bound = arguments.bind(callee, "prefix", "start", "end");
    String part = sub(text, bound);
    Object affix = bound.required("prefix");
    List<Object> affixes = affix instanceof Tuple tuple ? tuple.items() : List.of(affix);
    boolean isFound = false;
    for (Object one : affixes) {
      if (one instanceof Undefined undefined) {
        throw undefined.failure();
      }
      if (!(one instanceof String string)) {
        throw new JinjaException(
            callee + " first arg must be str or a tuple of str, not " + Types.name(one));
      }
      isFound |= isPrefix ? part.startsWith(string) : part.endsWith(string);
    }
    return isFound;
  }

  private static Object withoutAffix(String text, Arguments arguments, boolean isPrefix) {
    String affix = arguments.bind("removeprefix()", "affix").requiredString("affix");
    if (isPrefix) {
      return text.startsWith(affix) ? text.substring(affix.length()) : text;
    }
    return text.endsWith(affix) ? text.substring(0, text.length() - affix.length()) : text;
  }

  private static String sub(String text, Arguments.Bound bound) {
    Object start = bound.or("start", None.NONE);
    Object end = bound.or("end", None.NONE);
    if (start == None.NONE && end == None.NONE) {
      return text;
    }
    return Strings.slice(text, new SliceBounds(start, end, None.NONE));
  }

  private static int find(String text, Arguments arguments, boolean isLast) {
    Arguments.Bound bound = arguments.bind("find()", "sub", "start", "end");
    String part = sub(text, bound);
    String wanted = bound.requiredString("sub");
    int found = isLast ? part.lastIndexOf(wanted) : part.indexOf(wanted);
    if (found < 0) {
      return -1;
    }
    int start = bound.integer("start", 0);
    int length = Strings.length(text);
    int offset = start < 0 ? Math.max(0, start + length) : Math.min(start, length);
    return part.codePointCount(0, found) + offset;
  }

  private static Object index(String text, Arguments arguments, boolean isLast) {
    int found = find(text, arguments, isLast);
    if (found < 0) {
      throw new JinjaException("substring not found");
    }
    return (long) found;
  }

  private static Object count(String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("count()", "sub", "start", "end");
    String part = sub(text, bound);
    String wanted = bound.requiredString("sub");
    if (wanted.isEmpty()) {
      return (long) Strings.length(part) + 1;
    }
    long count = 0;
    for (int i = part.indexOf(wanted); i >= 0; i = part.indexOf(wanted, i + wanted.length())) {
      count++;
    }
    return count;
  }

  private static Object replace(Budget budget, String text, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("replace()", "old", "new", "count");
    return replace(
        budget,
        text,
        bound.requiredString("old"),
        bound.requiredString("new"),
        bound.integer("count", -1));
  }

  /** Replaces the first {@code count} places, all if it is negative. */
  static String replace(Budget budget, String text, String old, String by, int count) {
    int left = count < 0 ? Integer.MAX_VALUE : count;
    TextBuilder out = new TextBuilder(budget);
    int at = 0;
    while (left > 0) {
      int found = text.indexOf(old, at);
      if (found < 0 || (old.isEmpty() && found >= text.length())) {
        break;
      }
      budget.step();
      out.append(text.substring(at, found)).append(by);
      at = found + old.length();
      if (old.isEmpty()) { // between all characters
        int next = at + Character.charCount(text.codePointAt(at));
        out.append(text.substring(at, next));
        at = next;
      }
      left--;
    }
    out.append(text.substring(at));
    if (old.isEmpty() && left > 0) {
      out.append(by);
    }
    return out.toString();
  }

  private static Object join(Budget budget, String separator, Arguments arguments) {
    Object iterable = arguments.bind("join()", "iterable").required("iterable");
    TextBuilder out = new TextBuilder(budget);
    int position = 0;
    for (Object item : Types.items(budget, iterable)) {
      if (!(item instanceof String text)) {
        throw new JinjaException(
            "sequence item %d: expected str instance, %s found"
                .formatted(position, Types.name(item)));
      }
      out.append(position == 0 ? "" : separator).append(text);
      position++;
    }
    return out.toString();
  }

  private static Object zeroFill(Budget budget, String text, Arguments arguments) {
    int width = arguments.bind("zfill()", "width").integer("width", 0);
    boolean isSigned = text.startsWith("-") || text.startsWith("+");
    String sign = isSigned ? text.substring(0, 1) : "";
    return new TextBuilder(budget)
        .append(sign)
        .repeat("0", width - Strings.length(text))
        .append(text.substring(sign.length()))
        .toString();
  }

  private static Object justify(Budget budget, String text, Arguments arguments, char align) {
    Arguments.Bound bound = arguments.bind("justify()", "width", "fillchar");
    String fill = bound.string("fillchar", " ");
    if (Strings.length(fill) != 1) {
      throw new JinjaException("The fill character must be exactly one character long");
    }
    bound.required("width");
    return justify(budget, text, bound.integer("width", 0), fill, align);
  }

  static String justify(Budget budget, String text, int width, String fill, char align) {
    int missing = Math.max(0, width - Strings.length(text));
    int before =
        switch (align) {
          case '<' -> 0;
          case '>' -> missing;
          // CPython gives the odd blank to the left of texts of odd width.
          default -> missing / 2 + (missing & width & 1);
        };
    return new TextBuilder(budget)
        .repeat(fill, before)
        .append(text)
        .repeat(fill, missing - before)
        .toString();
  }

  private static Object expandTabs(Budget budget, String text, Arguments arguments) {
    int size = arguments.bind("expandtabs()", "tabsize").integer("tabsize", 8);
    TextBuilder out = new TextBuilder(budget);
    int column = 0;
    for (int c : text.codePoints().toArray()) {
      if (c == '\t') {
        int blanks = size > 0 ? size - column % size : 0;
        out.repeat(" ", blanks);
        column += blanks;
      } else {
        out.appendCodePoint(c);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
      }
    }
    return out.toString();
  }

  private static boolean isNumeric(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  private static boolean isAlphanumeric(int c) {
    return Character.isLetter(c) || isNumeric(c);
  }

  private static boolean isTitle(String text) {
    return Strings.hasOnlyCase(text, _ -> true) && Strings.title(text).equals(text);
  }
}
