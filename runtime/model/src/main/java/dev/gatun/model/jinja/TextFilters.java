package dev.gatun.model.jinja;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Filters that make a text from a text. */
final class TextFilters {

  static final Map<String, Filters.Filter> ALL =
      Map.ofEntries(
          Map.entry("upper", (rendering, value, _) -> Strings.upper(rendering.str(value))),
          Map.entry("lower", (rendering, value, _) -> Strings.lower(rendering.str(value))),
          Map.entry(
              "capitalize", (rendering, value, _) -> Strings.capitalize(rendering.str(value))),
          Map.entry("string", (rendering, value, _) -> rendering.str(value)),
          Map.entry("safe", (rendering, value, _) -> rendering.str(value)),
          Map.entry("trim", TextFilters::trim),
          Map.entry("replace", TextFilters::replace),
          Map.entry("indent", TextFilters::indent),
          Map.entry("center", TextFilters::center),
          Map.entry("format", TextFilters::format),
          Map.entry("escape", TextFilters::escape),
          Map.entry("e", TextFilters::escape),
          Map.entry("forceescape", TextFilters::escape),
          Map.entry("urlencode", TextFilters::urlEncode));

  private TextFilters() {}

  private static Object trim(Rendering rendering, Object value, Arguments arguments) {
    Object chars = arguments.bind("trim()", "chars").or("chars", None.NONE);
    return StringMethods.strip(rendering.str(value), chars, true, true);
  }

  private static Object replace(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("replace()", "old", "new", "count");
    Object count = bound.or("count", None.NONE);
    return StringMethods.replace(
        rendering.budget(),
        rendering.str(value),
        rendering.str(bound.required("old")),
        rendering.str(bound.required("new")),
        count == None.NONE ? -1 : bound.integer("count", -1));
  }

  private static Object indent(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("indent()", "width", "first", "blank");
    String indentation =
        bound.get("width") instanceof String given
            ? given
            : new TextBuilder(rendering.budget()).repeat(" ", bound.integer("width", 4)).toString();
    boolean indentsBlank = bound.isTrue("blank", false);
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    List<Object> lines = Strings.lines(rendering.str(value) + "\n", false);
    TextBuilder out = new TextBuilder(rendering.budget());
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      out.append(i == 0 ? "" : "\n");
      boolean isIndented = i == 0 ? bound.isTrue("first", false) : indentsBlank || !line.isEmpty();
      out.append(isIndented ? indentation : "").append(line);
    }
    return out.toString();
  }

  private static Object center(Rendering rendering, Object value, Arguments arguments) {
    int width = arguments.bind("center()", "width").integer("width", 80);
    return StringMethods.justify(rendering.budget(), rendering.str(value), width, " ", '^');
  }

  private static Object format(Rendering rendering, Object value, Arguments arguments) {
    if (!arguments.named().isEmpty() && !arguments.positional().isEmpty()) {
      throw new JinjaException("can't handle positional and keyword arguments at the same time");
    }
    Object values =
        arguments.named().isEmpty()
            ? new Tuple(arguments.positional())
            : Map.copyOf(arguments.named());
    return PercentFormat.format(rendering.budget(), rendering.str(value), values);
  }

  private static Object escape(Rendering rendering, Object value, Arguments arguments) {
    TextBuilder out = new TextBuilder(rendering.budget());
    String text = rendering.str(value);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&#34;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
    return out.toString();
  }

  private static Object urlEncode(Rendering rendering, Object value, Arguments arguments) {
    TextBuilder out = new TextBuilder(rendering.budget());
    for (byte b : rendering.str(value).getBytes(StandardCharsets.UTF_8)) {
      boolean isPlain =
          (b >= 'a' && b <= 'z')
              || (b >= 'A' && b <= 'Z')
              || (b >= '0' && b <= '9')
              || "_.-~/".indexOf(b) >= 0;
      if (isPlain) {
        out.append((char) b);
      } else {
        out.append(String.format(Locale.ROOT, "%%%02X", b));
      }
    }
    return out.toString();
  }
}
