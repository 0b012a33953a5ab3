package dev.gatun.model.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns what a caller passes into template values, and refuses everything that is not data. */
final class Inputs {

  private final String variable;

  private Inputs(String variable) {
    this.variable = variable;
  }

  static Object convert(String variable, @Nullable Object value) {
    return new Inputs(variable).convert(value, 0);
  }

  private Object convert(@Nullable Object value, int depth) {
    if (depth > Budget.MAX_VALUE_DEPTH) {
      throw new JinjaException(
          "'" + variable + "' is nested deeper than " + Budget.MAX_VALUE_DEPTH + " levels");
    }
    return switch (value) {
      case null -> None.NONE;
      case String text -> text;
      case Boolean bool -> bool;
      case Integer number -> (long) number;
      case Long number -> number;
      case BigInteger number -> Numbers.normalized(number);
      case Float number -> (double) number;
      case Double number -> number;
      case List<?> list -> {
        List<Object> items = new ArrayList<>(list.size());
        for (Object item : list) {
          items.add(convert(item, depth + 1));
        }
        yield items;
      }
      case Map<?, ?> map -> {
        Map<Object, Object> entries = LinkedHashMap.newLinkedHashMap(map.size());
        map.forEach((key, item) -> entries.put(name(key), convert(item, depth + 1)));
        yield entries;
      }
      default ->
          throw new JinjaException(
              "'" + variable + "' holds a " + value.getClass().getName() + ", which is not data");
    };
  }

  private String name(@Nullable Object key) {
    if (key instanceof String text) {
      return text;
    }
    throw new JinjaException("'" + variable + "' holds a map with a key that is not a string");
  }
}
