package dev.gatun.model.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * The value of {@code start:stop:step}; each an integer or None.
 *
 * @param step never 0
 */
record SliceBounds(Object start, Object stop, Object step) {

  /** The items of {@code list} that the slice selects, by Python's rules. */
  <T> List<T> of(List<T> list) {
    int length = list.size();
    long stride = step == None.NONE ? 1 : Numbers.clampedInt(step, "slice indices");
    if (stride == 0) {
      throw new JinjaException("slice step cannot be zero");
    }
    long first = stride > 0 ? bound(start, 0, 0, length) : bound(start, length - 1, -1, length - 1);
    long last = stride > 0 ? bound(stop, length, 0, length) : bound(stop, -1, -1, length - 1);
    if (stride == 1) {
      return list.subList((int) first, (int) Math.max(first, last));
    }
    List<T> selected = new ArrayList<>();
    for (long i = first; stride > 0 ? i < last : i > last; i += stride) {
      selected.add(list.get((int) i));
    }
    return selected;
  }

  /** The bound as a position from {@code min} to {@code max}; negative ones count from the end. */
  private static long bound(Object bound, long absent, long min, long max) {
    if (bound == None.NONE) {
      return absent;
    }
    long index = Numbers.clampedInt(bound, "slice indices");
    long length = min == 0 ? max : max + 1;
    return Math.clamp(index < 0 ? index + length : index, min, max);
  }
}
