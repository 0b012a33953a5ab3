package dev.gatun.model.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Filters that order, group and compare items. Texts compare without case unless asked to. */
final class OrderFilters {

  static final Map<String, Filters.Filter> ALL =
      Map.of(
          "sort", OrderFilters::sort,
          "dictsort", OrderFilters::dictSort,
          "unique", OrderFilters::unique,
          "groupby", OrderFilters::groupBy,
          "min", (rendering, value, arguments) -> extreme(rendering, value, arguments, -1),
          "max", (rendering, value, arguments) -> extreme(rendering, value, arguments, 1));

  private OrderFilters() {}

  /** What an item is ordered by. */
  private record Key(Rendering rendering, Object path, boolean isCaseSensitive) {

    Object of(Object item) {
      if (path == None.NONE) {
        return folded(item);
      }
      if (path instanceof String names && names.indexOf(',') >= 0) {
        List<Object> keys = new ArrayList<>();
        for (String name : names.split(",", -1)) {
          keys.add(folded(SelectionFilters.attribute(rendering.budget(), item, name)));
        }
        return keys;
      }
      return folded(SelectionFilters.attribute(rendering.budget(), item, path));
    }

    private Object folded(Object value) {
      return value instanceof String text && !isCaseSensitive
          ? Strings.lower(rendering.budget().paid(text))
          : value;
    }
  }

  private record Keyed(Object key, Object item) {}

  private static List<Keyed> keyed(Rendering rendering, Object value, Key key) {
    List<Keyed> keyed = new ArrayList<>();
    for (Object item : rendering.items(value)) {
      keyed.add(new Keyed(key.of(item), item));
    }
    return keyed;
  }

  private static void sort(Rendering rendering, List<Keyed> items, boolean isReversed) {
    Comparator<Keyed> order = (a, b) -> Comparisons.compare(rendering.budget(), a.key(), b.key());
    items.sort(isReversed ? order.reversed() : order);
  }

  private static Object sort(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("sort()", "reverse", "case_sensitive", "attribute");
    Object path = bound.or("attribute", None.NONE);
    Key key = new Key(rendering, path, bound.isTrue("case_sensitive", false));
    List<Keyed> items = keyed(rendering, value, key);
    sort(rendering, items, bound.isTrue("reverse", false));
    return items.stream().map(Keyed::item).toList();
  }

  private static Object dictSort(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("dictsort()", "case_sensitive", "by", "reverse");
    if (!(value instanceof Map<?, ?> map)) {
      throw new JinjaException("dictsort needs a mapping, not " + Types.name(value));
    }
    String by = bound.string("by", "key");
    if (!by.equals("key") && !by.equals("value")) {
      throw new JinjaException("You can only sort by either \"key\" or \"value\"");
    }
    Object position = by.equals("key") ? 0L : 1L;
    Key key = new Key(rendering, position, bound.isTrue("case_sensitive", false));
    List<Keyed> items = keyed(rendering, ContainerMethods.items(Types.cast(map)), key);
    sort(rendering, items, bound.isTrue("reverse", false));
    return items.stream().map(Keyed::item).toList();
  }

  private static Object unique(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("unique()", "case_sensitive", "attribute");
    Object path = bound.or("attribute", None.NONE);
    Key key = new Key(rendering, path, bound.isTrue("case_sensitive", false));
    List<Object> items = new ArrayList<>();
    List<Object> seen = new ArrayList<>();
    for (Keyed keyed : keyed(rendering, value, key)) {
      if (!Comparisons.contains(rendering.budget(), seen, keyed.key())) {
        seen.add(keyed.key());
        items.add(keyed.item());
      }
    }
    return new Generator(items.iterator());
  }

  private static Object groupBy(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("groupby()", "attribute", "default", "case_sensitive");
    Object path = bound.required("attribute");
    Object fallback = bound.or("default", None.NONE);
    boolean isCaseSensitive = bound.isTrue("case_sensitive", false);
    List<Keyed> items = new ArrayList<>();
    for (Object item : rendering.items(value)) {
      Object found = SelectionFilters.attribute(rendering.budget(), item, path);
      boolean isAbsent = found instanceof Undefined && fallback != None.NONE;
      items.add(new Keyed(isAbsent ? fallback : found, item));
    }
    Key key = new Key(rendering, 0L, isCaseSensitive);
    List<Keyed> folded = new ArrayList<>();
    items.forEach(item -> folded.add(new Keyed(key.folded(item.key()), item)));
    sort(rendering, folded, false);
    List<Object> groups = new ArrayList<>();
    int at = 0;
    while (at < folded.size()) {
      Object groupKey = folded.get(at).key();
      Keyed first = (Keyed) folded.get(at).item();
      List<Object> members = new ArrayList<>();
      while (at < folded.size()
          && Comparisons.areEqual(rendering.budget(), folded.get(at).key(), groupKey)) {
        members.add(((Keyed) folded.get(at).item()).item());
        at++;
      }
      groups.add(new Tuple(List.of(first.key(), members), true));
    }
    return groups;
  }

  private static Object extreme(
      Rendering rendering, Object value, Arguments arguments, int wanted) {
    Arguments.Bound bound = arguments.bind("min() or max()", "case_sensitive", "attribute");
    Object path = bound.or("attribute", None.NONE);
    Key key = new Key(rendering, path, bound.isTrue("case_sensitive", false));
    List<Keyed> items = keyed(rendering, value, key);
    if (items.isEmpty()) {
      return new Undefined("No aggregated item, sequence was empty.");
    }
    Keyed best = items.getFirst();
    for (Keyed item : items.subList(1, items.size())) {
      int order = Comparisons.compare(rendering.budget(), item.key(), best.key());
      if (Integer.signum(order) == wanted) {
        best = item;
      }
    }
    return best.item();
  }
}
