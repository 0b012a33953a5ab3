package dev.gatun.model.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Methods of dict, list and tuple that change nothing. */
final class ContainerMethods {

  private static final Set<String> OF_DICT = Set.of("get", "items", "keys", "values", "copy");
  private static final Set<String> OF_LIST = Set.of("index", "count", "copy");

  private ContainerMethods() {}

  static boolean existsForDict(String name) {
    return OF_DICT.contains(name);
  }

  static boolean existsForList(String name) {
    return OF_LIST.contains(name);
  }

  static Object callDict(Budget budget, Map<Object, Object> map, String name, Arguments arguments) {
    if (name.equals("get")) {
      if (!arguments.named().isEmpty()) {
        throw new JinjaException("dict.get() takes no keyword arguments");
      }
      Arguments.Bound bound = arguments.bind("get()", "key", "default");
      Object value = map.get(Types.key(bound.required("key")));
      return value == null ? bound.or("default", None.NONE) : value;
    }
    arguments.bind(name + "()");
    budget.steps(map.size());
    return switch (name) {
      case "items" -> new DictView("dict_items", items(map));
      case "keys" -> new DictView("dict_keys", List.copyOf(map.keySet()));
      case "values" -> new DictView("dict_values", List.copyOf(map.values()));
      default -> map;
    };
  }

  /** The entries as tuples. */
  static List<Object> items(Map<Object, Object> map) {
    List<Object> items = new ArrayList<>(map.size());
    map.forEach((key, value) -> items.add(Tuple.of(key, value)));
    return items;
  }

  static Object callList(
      Budget budget, Object list, List<Object> items, String name, Arguments arguments) {
    if (name.equals("copy")) {
      arguments.bind("copy()");
      return list;
    }
    Object wanted = arguments.bind(name + "()", "value").required("value");
    long count = 0;
    for (int i = 0; i < items.size(); i++) {
      if (Comparisons.areEqual(budget, items.get(i), wanted)) {
        if (name.equals("index")) {
          return (long) i;
        }
        count++;
      }
    }
    if (name.equals("index")) {
      throw new JinjaException(Text.repr(budget, wanted) + " is not in list");
    }
    return count;
  }
}
