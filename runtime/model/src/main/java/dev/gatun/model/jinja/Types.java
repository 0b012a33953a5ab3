package dev.gatun.model.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** What kind of Python object a value is, and what follows from it. */
final class Types {

  private Types() {}

  /** Python's name of the value's type. */
  static String name(Object value) {
    return switch (value) {
      case None _ -> "NoneType";
      case Boolean _ -> "bool";
      case Long _, BigInteger _ -> "int";
      case Double _ -> "float";
      case String _ -> "str";
      case List<?> _ -> "list";
      case Tuple _ -> "tuple";
      case Map<?, ?> _ -> "dict";
      case Undefined _ -> "Undefined";
      case Range _ -> "range";
      case DictView view -> view.kind();
      case Generator _ -> "generator";
      case Namespace _ -> "Namespace";
      case Loop _ -> "LoopContext";
      case Callable.Macro _ -> "Macro";
      case Callable.BoundMethod _ -> "builtin_function_or_method";
      case Callable.Function _ -> "function";
      case Callable.Joiner _ -> "Joiner";
      case Callable.Cycler _ -> "Cycler";
      case SliceBounds _ -> "slice";
      default -> throw new IllegalStateException("not a template value: " + value.getClass());
    };
  }

  static boolean isTrue(Object value) {
    return switch (value) {
      case None _ -> false;
      case Undefined _ -> false;
      case Boolean bool -> bool;
      case Long number -> number != 0;
      case BigInteger number -> number.signum() != 0;
      case Double number -> number != 0;
      case String text -> !text.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Tuple tuple -> !tuple.items().isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      case Range range -> range.length() > 0;
      case DictView view -> !view.items().isEmpty();
      default -> true;
    };
  }

  static boolean isNumber(Object value) {
    return value instanceof Long
        || value instanceof Double
        || value instanceof Boolean
        || value instanceof BigInteger;
  }

  static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof BigInteger;
  }

  static boolean isIterable(Object value) {
    return switch (value) {
      case String _ -> true;
      case List<?> _ -> true;
      case Tuple _ -> true;
      case Map<?, ?> _ -> true;
      case Undefined _ -> true;
      case Range _ -> true;
      case DictView _ -> true;
      case Generator _ -> true;
      case Loop _ -> true;
      default -> false;
    };
  }

  /** Items one after the other; fails for what has none. */
  static Iterator<Object> iterate(Budget budget, Object value) {
    return switch (value) {
      case Generator generator -> generator.items();
      case Undefined _ -> Collections.emptyIterator();
      default -> items(budget, value).iterator();
    };
  }

  /** All items, of a generator those not yet read. The list is not modified by anyone. */
  static List<Object> items(Budget budget, Object value) {
    List<Object> items =
        switch (value) {
          case List<?> list -> cast(list);
          case Tuple tuple -> tuple.items();
          case Map<?, ?> map -> new ArrayList<>(map.keySet());
          case String text -> characters(budget, text);
          case Range range -> range.items();
          case DictView view -> view.items();
          case Undefined _ -> List.of();
          case Generator generator -> drain(budget, generator);
          default -> throw new JinjaException("'" + name(value) + "' object is not iterable");
        };
    budget.steps(items.size());
    return items;
  }

  private static List<Object> drain(Budget budget, Generator generator) {
    List<Object> items = new ArrayList<>();
    while (generator.items().hasNext()) {
      budget.step();
      items.add(generator.items().next());
    }
    return items;
  }

  /** The characters of a string, each a string. */
  private static List<Object> characters(Budget budget, String text) {
    budget.steps(text.length());
    List<Object> characters = new ArrayList<>(text.length());
    text.codePoints().forEach(c -> characters.add(Character.toString(c)));
    return characters;
  }

  /** len(value). */
  static int length(Object value) {
    return switch (value) {
      case String text -> Strings.length(text);
      case List<?> list -> list.size();
      case Tuple tuple -> tuple.items().size();
      case Map<?, ?> map -> map.size();
      case Range range -> range.length();
      case DictView view -> view.items().size();
      case Undefined _ -> 0;
      case Loop loop -> loop.length();
      default -> throw new JinjaException("object of type '" + name(value) + "' has no len()");
    };
  }

  /** {@code value} as a dict key: numbers that are equal in Python are one key. */
  static Object key(Object value) {
    return switch (value) {
      case Double number when number == Math.rint(number) && Math.abs(number) < 1L << 53 ->
          (long) (double) number;
      case Boolean bool -> bool ? 1L : 0L;
      case String _, Long _, Double _, BigInteger _, None _ -> value;
      default -> throw new JinjaException("unhashable type: '" + name(value) + "'");
    };
  }

  @SuppressWarnings("unchecked") // lists in here hold template values, by construction
  static List<Object> cast(List<?> list) {
    return (List<Object>) list;
  }

  @SuppressWarnings("unchecked") // and so do dicts
  static Map<Object, Object> cast(Map<?, ?> map) {
    return (Map<Object, Object>) map;
  }
}
