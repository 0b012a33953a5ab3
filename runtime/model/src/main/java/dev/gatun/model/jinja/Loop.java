package dev.gatun.model.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code loop} variable of one for. For one thread, changed by each round. */
final class Loop {

  private final List<Object> items;
  private final int depth;
  private final Statement.@Nullable For recursive;
  private final Scope outer;
  private int index;
  private @Nullable List<Object> lastSeen;

  Loop(List<Object> items, int depth, Statement.@Nullable For recursive, Scope outer) {
    this.items = items;
    this.depth = depth;
    this.recursive = recursive;
    this.outer = outer;
  }

  void moveTo(int index) {
    this.index = index;
  }

  int length() {
    return items.size();
  }

  int depth() {
    return depth;
  }

  /** The for that {@code loop(items)} runs again, null if it is not recursive. */
  Statement.@Nullable For recursive() {
    return recursive;
  }

  Scope outer() {
    return outer;
  }

  /** An attribute of {@code loop}, null if there is none of that name. */
  @Nullable Object attribute(String name) {
    return switch (name) {
      case "index" -> (long) index + 1;
      case "index0" -> (long) index;
      case "revindex" -> (long) items.size() - index;
      case "revindex0" -> (long) items.size() - index - 1;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "depth" -> (long) depth;
      case "depth0" -> (long) depth - 1;
      case "previtem" ->
          index > 0 ? items.get(index - 1) : new Undefined("there is no previous item");
      case "nextitem" ->
          index + 1 < items.size() ? items.get(index + 1) : new Undefined("there is no next item");
      case "cycle", "changed" -> new Callable.BoundMethod(this, name);
      default -> null;
    };
  }

  Object cycle(List<Object> values) {
    if (values.isEmpty()) {
      throw new JinjaException("no items for cycling given");
    }
    return values.get(index % values.size());
  }

  boolean changed(Budget budget, List<Object> values) {
    boolean isChanged = lastSeen == null || !Comparisons.areEqual(budget, lastSeen, values);
    lastSeen = values;
    return isChanged;
  }

  @Override
  public String toString() {
    return "<LoopContext " + (index + 1) + "/" + items.size() + ">";
  }
}
