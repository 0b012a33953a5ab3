package dev.gatun.model.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Python's ==, order, membership and identity. */
final class Comparisons {

  private Comparisons() {}

  static boolean holds(Budget budget, String operator, Object left, Object right) {
    return switch (operator) {
      case "==" -> areEqual(budget, left, right);
      case "!=" -> !areEqual(budget, left, right);
      case "in" -> contains(budget, right, left);
      case "not in" -> !contains(budget, right, left);
      default -> isOrdered(budget, operator, left, right);
    };
  }

  static boolean areEqual(Budget budget, Object left, Object right) {
    return areEqual(budget, left, right, 0);
  }

  private static boolean areEqual(Budget budget, Object left, Object right, int depth) {
    budget.step();
    Budget.checkValueDepth(depth);
    if (Types.isNumber(left) && Types.isNumber(right)) {
      Integer order = Numbers.compare(left, right);
      return order != null && order == 0;
    }
    return switch (left) {
      case String text -> {
        budget.text(right instanceof String ? text.length() : 0);
        yield text.equals(right);
      }
      case List<?> list ->
          right instanceof List<?> other
              && areItemsEqual(budget, Types.cast(list), Types.cast(other), depth);
      case Tuple tuple ->
          right instanceof Tuple other
              && areItemsEqual(budget, tuple.items(), other.items(), depth);
      case Range range ->
          right instanceof Range other
              && areItemsEqual(budget, range.items(), other.items(), depth);
      case Map<?, ?> map ->
          right instanceof Map<?, ?> other
              && areEntriesEqual(budget, Types.cast(map), Types.cast(other), depth);
      case Undefined _ -> right instanceof Undefined;
      default -> isSame(left, right);
    };
  }

  private static boolean areItemsEqual(
      Budget budget, List<Object> left, List<Object> right, int depth) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (!areEqual(budget, left.get(i), right.get(i), depth + 1)) {
        return false;
      }
    }
    return true;
  }

  private static boolean areEntriesEqual(
      Budget budget, Map<Object, Object> left, Map<Object, Object> right, int depth) {
    if (left.size() != right.size()) {
      return false;
    }
    for (Map.Entry<Object, Object> entry : left.entrySet()) {
      Object other = right.get(entry.getKey());
      if (other == null || !areEqual(budget, entry.getValue(), other, depth + 1)) {
        return false;
      }
    }
    return true;
  }

  /** Python's {@code is}: the same object, or a value of which there is only one. */
  @SuppressWarnings("ReferenceEquality") // identity is what is asked
  static boolean isSame(Object left, Object right) {
    if (left == right) {
      return true;
    }
    boolean isValue = Types.isNumber(left) || left instanceof String;
    return isValue && left.getClass() == right.getClass() && left.equals(right);
  }

  static boolean contains(Budget budget, Object container, Object item) {
    return switch (container) {
      case String text -> {
        if (item instanceof Undefined undefined) {
          throw undefined.failure();
        }
        if (!(item instanceof String part)) {
          throw new JinjaException(
              "'in <string>' requires string as left operand, not " + Types.name(item));
        }
        budget.text(text.length());
        yield text.contains(part);
      }
      case Map<?, ?> map -> map.containsKey(Types.key(item));
      default -> {
        if (!Types.isIterable(container)) {
          throw new JinjaException(
              "argument of type '" + Types.name(container) + "' is not iterable");
        }
        Iterator<Object> items = Types.iterate(budget, container);
        while (items.hasNext()) {
          if (areEqual(budget, items.next(), item)) {
            yield true;
          }
        }
        yield false;
      }
    };
  }

  private static boolean isOrdered(Budget budget, String operator, Object left, Object right) {
    if (Types.isNumber(left) && Types.isNumber(right) && Numbers.compare(left, right) == null) {
      return false; // NaN
    }
    int order = compare(budget, operator, left, right, 0);
    return switch (operator) {
      case "<" -> order < 0;
      case "<=" -> order <= 0;
      case ">" -> order > 0;
      case ">=" -> order >= 0;
      default -> throw new IllegalStateException("not a comparison: " + operator);
    };
  }

  /** Order of two values of one kind; fails for kinds that Python does not order. */
  static int compare(Budget budget, Object left, Object right) {
    return compare(budget, "<", left, right, 0);
  }

  private static int compare(Budget budget, String operator, Object left, Object right, int depth) {
    budget.step();
    Budget.checkValueDepth(depth);
    if (Types.isNumber(left) && Types.isNumber(right)) {
      Integer order = Numbers.compare(left, right);
      return order == null ? 0 : order;
    }
    if (left instanceof String a && right instanceof String b) {
      budget.text(Math.min(a.length(), b.length()));
      return Strings.compare(a, b);
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      return compareItems(budget, operator, Types.cast(a), Types.cast(b), depth);
    }
    if (left instanceof Tuple a && right instanceof Tuple b) {
      return compareItems(budget, operator, a.items(), b.items(), depth);
    }
    if (left instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.failure();
    }
    throw new JinjaException(
        "'%s' not supported between instances of '%s' and '%s'"
            .formatted(operator, Types.name(left), Types.name(right)));
  }

  private static int compareItems(
      Budget budget, String operator, List<Object> left, List<Object> right, int depth) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (!areEqual(budget, left.get(i), right.get(i), depth + 1)) {
        return compare(budget, operator, left.get(i), right.get(i), depth + 1);
      }
    }
    return Integer.compare(left.size(), right.size());
  }
}
