package dev.gatun.model.jinja;

import java.math.BigInteger;
import java.util.AbstractList;
import java.util.List;

/** Python's range: its numbers are computed when they are read. */
record Range(long start, long stop, long step, int length) {

  static Range of(long start, long stop, long step) {
    if (step == 0) {
      throw new JinjaException("range() arg 3 must not be zero");
    }
    BigInteger distance = BigInteger.valueOf(stop).subtract(BigInteger.valueOf(start));
    BigInteger stride = BigInteger.valueOf(step);
    BigInteger count =
        distance
            .add(stride)
            .subtract(BigInteger.valueOf(Long.signum(step)))
            .divide(stride)
            .max(BigInteger.ZERO);
    if (distance.signum() != stride.signum()) {
      count = BigInteger.ZERO;
    }
    if (count.bitLength() > 31 || count.longValue() > Budget.MAX_RANGE) {
      throw new JinjaException(
          "Range too big. The sandbox blocks ranges larger than " + Budget.MAX_RANGE + ".");
    }
    return new Range(start, stop, step, count.intValue());
  }

  List<Object> items() {
    return new AbstractList<>() {
      @Override
      public Object get(int index) {
        return start + index * step;
      }

      @Override
      public int size() {
        return length;
      }
    };
  }
}
