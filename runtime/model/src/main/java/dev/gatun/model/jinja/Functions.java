package dev.gatun.model.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The functions that every template can call: Jinja's own, and two of transformers. */
final class Functions {

  static final List<Callable.Function> ALL =
      List.of(
          new Callable.Function("range", Functions::range),
          new Callable.Function("dict", (rendering, arguments) -> dict(rendering, arguments)),
          new Callable.Function(
              "namespace", (rendering, arguments) -> new Namespace(dict(rendering, arguments))),
          new Callable.Function(
              "joiner",
              (_, arguments) ->
                  new Callable.Joiner(arguments.bind("joiner()", "sep").or("sep", ", "))),
          new Callable.Function("cycler", Functions::cycler),
          new Callable.Function("raise_exception", Functions::raise),
          new Callable.Function("strftime_now", Functions::strftimeNow));

  private Functions() {}

  private static Object range(Rendering rendering, Arguments arguments) {
    List<Object> bounds = arguments.positional();
    if (bounds.isEmpty() || bounds.size() > 3 || !arguments.named().isEmpty()) {
      throw new JinjaException("range expected 1 to 3 arguments, got " + bounds.size());
    }
    long[] values = new long[bounds.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Numbers.clampedLong(bounds.get(i), "arguments of range()");
    }
    return values.length == 1
        ? Range.of(0, values[0], 1)
        : Range.of(values[0], values[1], values.length == 3 ? values[2] : 1);
  }

  private static Map<Object, Object> dict(Rendering rendering, Arguments arguments) {
    Map<Object, Object> entries = new LinkedHashMap<>();
    if (arguments.positional().size() > 1) {
      throw new JinjaException("dict expected at most 1 argument");
    }
    if (!arguments.positional().isEmpty()) {
      Object source = arguments.positional().getFirst();
      if (source instanceof Map<?, ?> map) {
        entries.putAll(map);
      } else {
        for (Object item : rendering.items(source)) {
          List<Object> pair = rendering.items(item);
          if (pair.size() != 2) {
            throw new JinjaException("dictionary update sequence element has not length 2");
          }
          entries.put(Types.key(pair.getFirst()), pair.getLast());
        }
      }
    }
    entries.putAll(arguments.named());
    return entries;
  }

  private static Object cycler(Rendering rendering, Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      throw new JinjaException("at least one item has to be provided");
    }
    return new Callable.Cycler(arguments.positional());
  }

  private static Object raise(Rendering rendering, Arguments arguments) {
    Object message = arguments.bind("raise_exception()", "message").required("message");
    throw JinjaException.raised(rendering.str(message));
  }

  private static Object strftimeNow(Rendering rendering, Arguments arguments) {
    String format = arguments.bind("strftime_now()", "format").requiredString("format");
    return Strftime.format(rendering.budget(), format, rendering.now());
  }
}
