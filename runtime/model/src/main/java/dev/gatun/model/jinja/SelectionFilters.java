package dev.gatun.model.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** map, select, reject and theirs: generators that look at an item when it is asked for. */
final class SelectionFilters {

  static final Map<String, Filters.Filter> ALL =
      Map.of(
          "map", SelectionFilters::map,
          "select", (rendering, value, args) -> select(rendering, value, args, false, true),
          "reject", (rendering, value, args) -> select(rendering, value, args, false, false),
          "selectattr", (rendering, value, args) -> select(rendering, value, args, true, true),
          "rejectattr", (rendering, value, args) -> select(rendering, value, args, true, false));

  private SelectionFilters() {}

  /** The item at a dotted path, as {@code attribute=} arguments give it. */
  static Object attribute(Budget budget, Object item, Object path) {
    return attribute(budget, item, path, null);
  }

  private static Object attribute(
      Budget budget, Object item, Object path, @Nullable Object fallback) {
    if (!(path instanceof String dotted)) {
      Object found = Lookup.item(budget, item, path);
      return found instanceof Undefined && fallback != null ? fallback : found;
    }
    Object value = item;
    for (String part : dotted.split("\\.", -1)) {
      budget.step();
      boolean isIndex =
          !part.isEmpty() && part.length() < 10 && part.chars().allMatch(Character::isDigit);
      Object index = isIndex ? (Object) Long.valueOf(part) : part;
      value = Lookup.item(budget, value, index);
      if (value instanceof Undefined && fallback != null) {
        value = fallback;
      }
    }
    return value;
  }

  private static Object map(Rendering rendering, Object value, Arguments arguments) {
    Function<Object, Object> function;
    if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
      Arguments.Bound bound = arguments.bind("map()", "attribute", "default");
      Object path = bound.required("attribute");
      Object fallback = bound.get("default");
      Object usable = fallback == null || fallback == None.NONE ? null : fallback;
      function = item -> attribute(rendering.budget(), item, path, usable);
    } else {
      String name = firstName(arguments, "map requires a filter argument");
      Arguments rest = arguments.tail();
      function = item -> rendering.filter(name, item, rest);
    }
    Iterator<Object> items = Types.iterate(rendering.budget(), value);
    return new Generator(
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return items.hasNext();
          }

          @Override
          public Object next() {
            return function.apply(items.next());
          }
        });
  }

  private static Object select(
      Rendering rendering,
      Object value,
      Arguments arguments,
      boolean hasAttribute,
      boolean wanted) {
    Arguments rest = arguments;
    Object path = None.NONE;
    if (hasAttribute) {
      if (arguments.positional().isEmpty()) {
        throw new JinjaException("Missing parameter for attribute name");
      }
      path = arguments.positional().getFirst();
      rest = arguments.tail();
    }
    Object attribute = path;
    Predicate<Object> test = test(rendering, rest);
    return new Generator(
        new Selected(
            Types.iterate(rendering.budget(), value),
            item ->
                wanted
                    == test.test(
                        hasAttribute ? attribute(rendering.budget(), item, attribute) : item)));
  }

  private static Predicate<Object> test(Rendering rendering, Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      return Types::isTrue;
    }
    String name = firstName(arguments, "the name of a test must be a string");
    Arguments rest = arguments.tail();
    return item -> rendering.test(name, item, rest);
  }

  private static String firstName(Arguments arguments, String message) {
    List<Object> positional = arguments.positional();
    if (positional.isEmpty() || !(positional.getFirst() instanceof String name)) {
      throw new JinjaException(message);
    }
    return name;
  }

  /** The items that a condition holds for. */
  private static final class Selected implements Iterator<Object> {
    private final Iterator<Object> items;
    private final Predicate<Object> condition;
    private @Nullable Object next;

    Selected(Iterator<Object> items, Predicate<Object> condition) {
      this.items = items;
      this.condition = condition;
    }

    @Override
    public boolean hasNext() {
      while (next == null && items.hasNext()) {
        Object item = items.next();
        next = condition.test(item) ? item : null;
      }
      return next != null;
    }

    @Override
    public Object next() {
      if (!hasNext() || next == null) {
        throw new NoSuchElementException();
      }
      Object item = next;
      next = null;
      return item;
    }
  }
}
