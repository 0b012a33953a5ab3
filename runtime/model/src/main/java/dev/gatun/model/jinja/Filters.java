package dev.gatun.model.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** What may stand behind a bar, by name. */
final class Filters {

  @FunctionalInterface
  interface Filter {
    Object apply(Rendering rendering, Object value, Arguments arguments);
  }

  private static final Map<String, Filter> FILTERS = all();

  private static final Set<String> WITHOUT_ARGUMENTS =
      Set.of(
          "upper",
          "lower",
          "capitalize",
          "title",
          "string",
          "safe",
          "escape",
          "e",
          "forceescape",
          "urlencode",
          "wordcount",
          "length",
          "count",
          "abs",
          "list",
          "first",
          "last",
          "reverse",
          "items");

  private Filters() {}

  private static Map<String, Filter> all() {
    Map<String, Filter> filters = new HashMap<>();
    filters.putAll(TextFilters.ALL);
    filters.putAll(WordFilters.ALL);
    filters.putAll(ValueFilters.ALL);
    filters.putAll(SequenceFilters.ALL);
    filters.putAll(SelectionFilters.ALL);
    filters.putAll(OrderFilters.ALL);
    return Map.copyOf(filters);
  }

  static boolean exists(String name) {
    return FILTERS.containsKey(name);
  }

  static Filter get(String name) {
    Filter filter = FILTERS.get(name);
    if (filter == null) {
      throw new JinjaException("no filter named '" + name + "'");
    }
    return filter;
  }

  static void checkArguments(String name, Arguments arguments) {
    if (WITHOUT_ARGUMENTS.contains(name)) {
      arguments.bind("filter '" + name + "'");
    }
  }
}
