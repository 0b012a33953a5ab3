package dev.gatun.model.jinja;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code object.name} and {@code object[index]}. As in Jinja's immutable sandbox, methods that
 * would change their object, and names with underscores, are there but may not be used.
 */
final class Lookup {

  private static final Set<String> MUTATING_DICT =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> MUTATING_LIST =
      Set.of("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort");

  private Lookup() {}

  static Object attribute(Object object, String name) {
    Object found = pythonAttribute(object, name);
    if (found instanceof Undefined && object instanceof Map<?, ?> map) {
      Object item = map.get(name);
      return item == null ? found : item;
    }
    return found;
  }

  static Object item(Budget budget, Object object, Object index) {
    if (object instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (index instanceof SliceBounds bounds) {
      return slice(budget, object, bounds);
    }
    if (object instanceof Map<?, ?> map && !(index instanceof Undefined)) {
      boolean isHashable = Types.isNumber(index) || index instanceof String || index == None.NONE;
      Object item = isHashable ? map.get(Types.key(index)) : null;
      if (item != null) {
        return item;
      }
    } else if (Numbers.integer(index) != null) {
      return element(budget, object, index);
    }
    return index instanceof String name
        ? pythonAttribute(object, name)
        : Undefined.attribute(object, index);
  }

  private static Object element(Budget budget, Object object, Object index) {
    long position = Numbers.clampedLong(index, "indices");
    if (object instanceof String text) {
      budget.text(text.length());
      int length = Strings.length(text);
      long at = position < 0 ? position + length : position;
      return at >= 0 && at < length
          ? Strings.at(text, (int) at)
          : Undefined.attribute(object, index);
    }
    List<Object> items =
        switch (object) {
          case List<?> list -> Types.cast(list);
          case Tuple tuple -> tuple.items();
          case Range range -> range.items();
          default -> List.of();
        };
    long at = position < 0 ? position + items.size() : position;
    return at >= 0 && at < items.size() ? items.get((int) at) : Undefined.attribute(object, index);
  }

  private static Object slice(Budget budget, Object object, SliceBounds bounds) {
    return switch (object) {
      case String text -> Strings.slice(budget.paid(text), bounds);
      case List<?> list -> paid(budget, bounds.of(Types.cast(list)));
      case Tuple tuple -> new Tuple(paid(budget, bounds.of(tuple.items())));
      case Range range -> rangeSlice(range, bounds);
      case Map<?, ?> _ -> throw new JinjaException("unhashable type: 'slice'");
      default -> Undefined.attribute(object, "slice");
    };
  }

  private static Object rangeSlice(Range range, SliceBounds bounds) {
    List<Object> items = bounds.of(range.items());
    long stride =
        bounds.step() == None.NONE ? 1 : Numbers.clampedInt(bounds.step(), "slice indices");
    long first = items.isEmpty() ? 0 : (Long) items.getFirst();
    long step = range.step() * stride;
    return new Range(first, first + step * items.size(), step, items.size());
  }

  /** A copy, so that a small slice does not keep a long list; paid by its size. */
  private static List<Object> paid(Budget budget, List<Object> items) {
    budget.steps(items.size());
    return List.copyOf(items);
  }

  /** getattr(): without the items of a dict. Undefined when there is none. */
  static Object pythonAttribute(Object object, String name) {
    if (object instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (name.startsWith("__")) {
      return Undefined.unsafe(object, name);
    }
    boolean isMethod =
        switch (object) {
          case String _ -> StringMethods.exists(name);
          case Map<?, ?> _ -> ContainerMethods.existsForDict(name);
          case List<?> _ -> ContainerMethods.existsForList(name);
          case Tuple _ -> name.equals("index") || name.equals("count");
          case Callable.Cycler _ -> name.equals("next") || name.equals("reset");
          case Double _ -> name.equals("is_integer");
          default -> false;
        };
    if (isMethod) {
      return new Callable.BoundMethod(object, name);
    }
    boolean isMutating =
        (object instanceof Map<?, ?> && MUTATING_DICT.contains(name))
            || (object instanceof List<?> && MUTATING_LIST.contains(name));
    if (isMutating) {
      return Undefined.unsafe(object, name);
    }
    Object value =
        switch (object) {
          case Namespace namespace -> namespace.attributes().get(name);
          case Loop loop -> loop.attribute(name);
          case Tuple tuple when tuple.isGroup() && name.equals("grouper") ->
              tuple.items().getFirst();
          case Tuple tuple when tuple.isGroup() && name.equals("list") -> tuple.items().getLast();
          case Callable.Macro macro when name.equals("name") -> macro.definition().name();
          case Callable.Cycler cycler when name.equals("current") -> cycler.current();
          default -> null;
        };
    return value == null ? Undefined.attribute(object, name) : value;
  }
}
