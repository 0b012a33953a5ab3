package dev.gatun.model.jinja;

import java.util.List;

/** What a template can call. */
sealed interface Callable {

  /** A macro, with the scope in which it was defined. */
  record Macro(Statement.MacroDefinition definition, Scope closure) implements Callable {}

  /** A method of a string, list or dict. */
  record BoundMethod(Object receiver, String name) implements Callable {}

  /** A function that every template has. */
  record Function(String name, Body body) implements Callable {}

  @FunctionalInterface
  interface Body {
    Object call(Rendering rendering, Arguments arguments);
  }

  /** {@code joiner(separator)}: nothing on the first call, the separator on the others. */
  final class Joiner implements Callable {
    private final Object separator;
    private boolean isUsed;

    Joiner(Object separator) {
      this.separator = separator;
    }

    Object next() {
      boolean isFirst = !isUsed;
      isUsed = true;
      return isFirst ? "" : separator;
    }
  }

  /** {@code cycler(a, b)}: hands its items out in turn. Called through its methods alone. */
  final class Cycler implements Callable {
    private final List<Object> items;
    private int at;

    Cycler(List<Object> items) {
      this.items = items;
    }

    Object current() {
      return items.get(at);
    }

    Object next() {
      Object item = current();
      at = (at + 1) % items.size();
      return item;
    }

    void reset() {
      at = 0;
    }
  }
}
