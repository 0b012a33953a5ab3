package dev.gatun.model.jinja;

import java.util.List;

/**
 * Python's tuple: a list that prints with parentheses and never equals one.
 *
 * @param isGroup whether it comes from groupby, so that {@code grouper} and {@code list} name its
 *     two items
 */
record Tuple(List<Object> items, boolean isGroup) {

  Tuple(List<Object> items) {
    this(items, false);
  }

  static Tuple of(Object first, Object second) {
    return new Tuple(List.of(first, second));
  }
}
