package dev.gatun.model.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** Python's binary operators and signs. */
final class Arithmetic {

  /** Result of operators that the operands do not have; no template value. */
  private static final Unsupported UNSUPPORTED = Unsupported.UNSUPPORTED;

  private enum Unsupported {
    UNSUPPORTED
  }

  private Arithmetic() {}

  static Object apply(Budget budget, String operator, Object left, Object right) {
    if (operator.equals("%") && left instanceof String format) {
      return PercentFormat.format(budget, format, right);
    }
    if (left instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.failure();
    }
    Object result = UNSUPPORTED;
    if (Types.isNumber(left) && Types.isNumber(right)) {
      result = numbers(operator, left, right);
    } else if (operator.equals("+")) {
      result = join(budget, left, right);
    } else if (operator.equals("*")) {
      result = repeat(budget, left, right);
    }
    if (result == UNSUPPORTED) {
      throw new JinjaException(
          "unsupported operand type(s) for %s: '%s' and '%s'"
              .formatted(operator, Types.name(left), Types.name(right)));
    }
    return result;
  }

  static Object sign(Object operand, boolean isNegative) {
    if (operand instanceof Undefined undefined) {
      throw undefined.failure();
    }
    BigInteger integer = Numbers.integer(operand);
    if (integer != null) {
      return Numbers.normalized(isNegative ? integer.negate() : integer);
    }
    if (operand instanceof Double number) {
      return isNegative ? -number : number;
    }
    throw new JinjaException(
        "bad operand type for unary %s: '%s'"
            .formatted(isNegative ? "-" : "+", Types.name(operand)));
  }

  private static Object join(Budget budget, Object left, Object right) {
    if (left instanceof String a && right instanceof String b) {
      budget.text((long) a.length() + b.length());
      return a + b;
    }
    if (left instanceof List<?> a && right instanceof List<?> b) {
      return joined(budget, Types.cast(a), Types.cast(b));
    }
    if (left instanceof Tuple a && right instanceof Tuple b) {
      return new Tuple(joined(budget, a.items(), b.items()));
    }
    if (left instanceof String) {
      throw new JinjaException(
          "can only concatenate str (not \"" + Types.name(right) + "\") to str");
    }
    return UNSUPPORTED;
  }

  private static List<Object> joined(Budget budget, List<Object> left, List<Object> right) {
    budget.steps((long) left.size() + right.size());
    List<Object> items = new ArrayList<>(left.size() + right.size());
    items.addAll(left);
    items.addAll(right);
    return items;
  }

  private static Object repeat(Budget budget, Object left, Object right) {
    if (Numbers.integer(right) == null) {
      return Numbers.integer(left) == null ? UNSUPPORTED : repeat(budget, right, left);
    }
    long count = Math.max(0, Numbers.clampedLong(right, "counts"));
    return switch (left) {
      case String text -> new TextBuilder(budget).repeat(text, count).toString();
      case List<?> list -> repeated(budget, Types.cast(list), count);
      case Tuple tuple -> new Tuple(repeated(budget, tuple.items(), count));
      default -> UNSUPPORTED;
    };
  }

  private static List<Object> repeated(Budget budget, List<Object> items, long count) {
    if (items.isEmpty() || count == 0) {
      return List.of();
    }
    budget.steps(Math.min(count, Budget.MAX_STEPS) * items.size());
    List<Object> repeated = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      repeated.addAll(items);
    }
    return repeated;
  }

  private static Object numbers(String operator, Object left, Object right) {
    BigInteger a = Numbers.integer(left);
    BigInteger b = Numbers.integer(right);
    if (a != null && b != null) {
      return integers(operator, a, b);
    }
    return floats(operator, Numbers.toDouble(left), Numbers.toDouble(right));
  }

  private static Object integers(String operator, BigInteger left, BigInteger right) {
    return switch (operator) {
      case "+" -> Numbers.normalized(left.add(right));
      case "-" -> Numbers.normalized(left.subtract(right));
      case "*" -> Numbers.normalized(left.multiply(right));
      case "/" -> {
        checkDivisor(right.signum() == 0, "division by zero");
        yield quotient(left, right);
      }
      case "//" -> {
        checkDivisor(right.signum() == 0, "integer division or modulo by zero");
        BigInteger[] parts = left.divideAndRemainder(right);
        boolean isRounded = parts[1].signum() != 0 && parts[1].signum() != right.signum();
        yield Numbers.normalized(isRounded ? parts[0].subtract(BigInteger.ONE) : parts[0]);
      }
      case "%" -> {
        checkDivisor(right.signum() == 0, "integer modulo by zero");
        BigInteger rest = left.remainder(right);
        boolean isMoved = rest.signum() != 0 && rest.signum() != right.signum();
        yield Numbers.normalized(isMoved ? rest.add(right) : rest);
      }
      case "**" -> power(left, right);
      default -> UNSUPPORTED;
    };
  }

  private static Object quotient(BigInteger left, BigInteger right) {
    if (left.bitLength() <= 53 && right.bitLength() <= 53) {
      return left.doubleValue() / right.doubleValue();
    }
    MathContext exactEnough = new MathContext(60);
    double quotient = new BigDecimal(left).divide(new BigDecimal(right), exactEnough).doubleValue();
    if (Double.isInfinite(quotient)) {
      throw new JinjaException("integer division result too large for a float");
    }
    return quotient;
  }

  private static Object power(BigInteger base, BigInteger exponent) {
    if (exponent.signum() < 0) {
      checkDivisor(base.signum() == 0, "0.0 cannot be raised to a negative power");
      return Math.pow(base.doubleValue(), exponent.doubleValue());
    }
    if (base.abs().bitLength() <= 1) {
      boolean isOdd = exponent.testBit(0);
      return exponent.signum() == 0 ? 1L : base.signum() < 0 && !isOdd ? 1L : base.longValue();
    }
    long bits = (long) (base.bitLength() - 1) * Math.min(exponent.longValue(), 1 << 30);
    if (exponent.bitLength() > 31 || bits > Budget.MAX_INTEGER_BITS) {
      throw new JinjaException("an integer of more than " + Budget.MAX_INTEGER_BITS + " bits");
    }
    return Numbers.normalized(base.pow(exponent.intValue()));
  }

  private static Object floats(String operator, double left, double right) {
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> {
        checkDivisor(right == 0, "float division by zero");
        yield left / right;
      }
      case "//" -> {
        checkDivisor(right == 0, "float floor division by zero");
        yield floorDivision(left, right);
      }
      case "%" -> {
        checkDivisor(right == 0, "float modulo");
        yield modulo(left, right);
      }
      case "**" -> floatPower(left, right);
      default -> UNSUPPORTED;
    };
  }

  private static Object floatPower(double base, double exponent) {
    checkDivisor(base == 0 && exponent < 0, "0.0 cannot be raised to a negative power");
    double power = Math.pow(base, exponent);
    if (Double.isNaN(power) && !Double.isNaN(base) && !Double.isNaN(exponent)) {
      throw new JinjaException("complex numbers are not supported");
    }
    if (Double.isInfinite(power) && !Double.isInfinite(base) && !Double.isInfinite(exponent)) {
      throw new JinjaException("(34, 'Numerical result out of range')");
    }
    return power;
  }

  /** The result has the sign of the divisor, zero included. */
  private static double modulo(double left, double right) {
    double rest = left % right;
    if (rest == 0) {
      return Math.copySign(0.0, right);
    }
    return rest < 0 != right < 0 ? rest + right : rest;
  }

  private static double floorDivision(double left, double right) {
    double rest = left % right;
    double quotient = (left - rest) / right;
    if (rest != 0 && rest < 0 != right < 0) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0.0, left / right);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static void checkDivisor(boolean isZero, String message) {
    if (isZero) {
      throw new JinjaException(message);
    }
  }
}
