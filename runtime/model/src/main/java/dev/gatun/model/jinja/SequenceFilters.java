package dev.gatun.model.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Filters that take sequences apart and put them together. */
final class SequenceFilters {

  static final Map<String, Filters.Filter> ALL =
      Map.ofEntries(
          Map.entry("list", (rendering, value, _) -> List.copyOf(rendering.items(value))),
          Map.entry("first", SequenceFilters::first),
          Map.entry("last", SequenceFilters::last),
          Map.entry("join", SequenceFilters::join),
          Map.entry("reverse", SequenceFilters::reverse),
          Map.entry("items", SequenceFilters::items),
          Map.entry("sum", SequenceFilters::sum),
          Map.entry("batch", SequenceFilters::batch),
          Map.entry("slice", SequenceFilters::slice));

  private SequenceFilters() {}

  private static Object first(Rendering rendering, Object value, Arguments arguments) {
    Iterator<Object> items = Types.iterate(rendering.budget(), value);
    return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
  }

  private static Object last(Rendering rendering, Object value, Arguments arguments) {
    if (value instanceof Generator) {
      throw new JinjaException("'generator' object is not reversible");
    }
    List<Object> items = rendering.items(value);
    return items.isEmpty() ? new Undefined("No last item, sequence was empty.") : items.getLast();
  }

  private static Object join(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("join()", "d", "attribute");
    String separator = rendering.str(bound.or("d", ""));
    Object path = bound.or("attribute", None.NONE);
    TextBuilder out = new TextBuilder(rendering.budget());
    boolean isFirst = true;
    for (Object item : rendering.items(value)) {
      Object part =
          path == None.NONE ? item : SelectionFilters.attribute(rendering.budget(), item, path);
      out.append(isFirst ? "" : separator).append(rendering.str(part));
      isFirst = false;
    }
    return out.toString();
  }

  private static Object reverse(Rendering rendering, Object value, Arguments arguments) {
    if (value instanceof String text) {
      rendering.budget().text(text.length());
      int[] codePoints = text.codePoints().toArray();
      StringBuilder reversed = new StringBuilder(text.length());
      for (int i = codePoints.length - 1; i >= 0; i--) {
        reversed.appendCodePoint(codePoints[i]);
      }
      return reversed.toString();
    }
    List<Object> items = rendering.items(value).reversed();
    return value instanceof Generator ? List.copyOf(items) : new Generator(items.iterator());
  }

  private static Object items(Rendering rendering, Object value, Arguments arguments) {
    if (value instanceof Undefined) {
      return new Generator(List.of().iterator());
    }
    if (value instanceof Map<?, ?> map) {
      return new Generator(ContainerMethods.items(Types.cast(map)).iterator());
    }
    throw new JinjaException("Can only get item pairs from a mapping.");
  }

  private static Object sum(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("sum()", "attribute", "start");
    Object path = bound.or("attribute", None.NONE);
    Object sum = bound.or("start", 0L);
    for (Object item : rendering.items(value)) {
      Object part =
          path == None.NONE ? item : SelectionFilters.attribute(rendering.budget(), item, path);
      sum = Arithmetic.apply(rendering.budget(), "+", sum, part);
    }
    return sum;
  }

  private static Object batch(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("batch()", "linecount", "fill_with");
    int size = bound.integer("linecount", 0);
    if (size < 1) {
      throw new JinjaException("batch(): linecount must be 1 or more");
    }
    Object fill = bound.or("fill_with", None.NONE);
    List<Object> items = rendering.items(value);
    List<Object> batches = new ArrayList<>();
    for (int i = 0; i < items.size(); i += size) {
      batches.add(new ArrayList<>(items.subList(i, Math.min(items.size(), i + size))));
    }
    if (fill != None.NONE && !batches.isEmpty()) {
      List<Object> last = Types.cast((List<?>) batches.getLast());
      rendering.budget().steps(size - last.size());
      while (last.size() < size) {
        last.add(fill);
      }
    }
    return new Generator(batches.iterator());
  }

  private static Object slice(Rendering rendering, Object value, Arguments arguments) {
    Arguments.Bound bound = arguments.bind("slice()", "slices", "fill_with");
    int count = bound.integer("slices", 0);
    if (count < 1) {
      throw new JinjaException("slice(): slices must be 1 or more");
    }
    Object fill = bound.or("fill_with", None.NONE);
    List<Object> items = rendering.items(value);
    rendering.budget().steps(count);
    int size = items.size() / count;
    int numLonger = items.size() % count;
    List<Object> slices = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < count; i++) {
      int end = at + size + (i < numLonger ? 1 : 0);
      List<Object> slice = new ArrayList<>(items.subList(at, end));
      if (fill != None.NONE && i >= numLonger) {
        slice.add(fill);
      }
      slices.add(slice);
      at = end;
    }
    return new Generator(slices.iterator());
  }
}
