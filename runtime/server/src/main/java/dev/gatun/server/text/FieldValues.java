package dev.gatun.server.text;

import dev.gatun.engine.api.ServingException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads request fields whose type the wire does not fix: JSON numbers, protobuf parameters and the
 * strings that some clients send for either. Failures name field, value and expected type.
 */
public final class FieldValues {
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]{1,4})?");

  /** Longest value repeated in a message. */
  private static final int MAX_SHOWN = 64;

  private FieldValues() {}

  public static float toFloat(String field, Object value) {
    float result = (float) toDouble(field, value);
    if (!Float.isFinite(result)) {
      throw wrong(field, value, "a number of 32 bits");
    }
    return result;
  }

  private static double toDouble(String field, Object value) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value instanceof String text && NUMBER.matcher(text.strip()).matches()) {
      return Double.parseDouble(text.strip());
    }
    throw wrong(field, value, "a number");
  }

  public static long toLong(String field, Object value) {
    if (value instanceof Long || value instanceof Integer) {
      return ((Number) value).longValue();
    }
    if (value instanceof BigInteger) {
      throw wrong(field, value, "an integer of 64 bits");
    }
    if (value instanceof String text && text.strip().matches("[-+]?[0-9]{1,19}")) {
      try {
        return Long.parseLong(text.strip());
      } catch (NumberFormatException _) {
        throw wrong(field, value, "an integer of 64 bits");
      }
    }
    if (value instanceof Double || value instanceof Float || value instanceof String) {
      double number = toDouble(field, value);
      // Above 2^53 a double no longer says which integer was meant.
      if (number == Math.rint(number) && Math.abs(number) <= 0x1p53) {
        return (long) number;
      }
    }
    throw wrong(field, value, "an integer");
  }

  public static int toInt(String field, Object value) {
    long result = toLong(field, value);
    if (result != (int) result) {
      throw wrong(field, value, "an integer of 32 bits");
    }
    return (int) result;
  }

  public static boolean toBoolean(String field, Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    }
    if (value instanceof String text) {
      if (text.equalsIgnoreCase("true")) {
        return true;
      }
      if (text.equalsIgnoreCase("false")) {
        return false;
      }
    }
    throw wrong(field, value, "true or false");
  }

  public static String toText(String field, Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw wrong(field, value, "a string");
  }

  /** A string or a list of strings. */
  public static List<String> toTexts(String field, Object value) {
    if (value instanceof String text) {
      return List.of(text);
    }
    if (value instanceof List<?> list) {
      List<String> texts = new ArrayList<>(list.size());
      for (Object item : list) {
        if (!(item instanceof String text)) {
          throw wrong(field, value, "a string or a list of strings");
        }
        texts.add(text);
      }
      return texts;
    }
    throw wrong(field, value, "a string or a list of strings");
  }

  /** A list of token ids, each of 32 bits and not negative. */
  public static int[] toTokenIds(String field, Object value) {
    if (!(value instanceof List<?> list)) {
      throw wrong(field, value, "a list of token ids");
    }
    int[] ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      if (!(list.get(i) instanceof Number number) || number.longValue() < 0) {
        throw wrong(field, value, "a list of token ids");
      }
      ids[i] = toInt(field, number);
    }
    return ids;
  }

  /** The failure of a field whose value has the wrong type. */
  public static ServingException wrong(String field, @Nullable Object value, String expected) {
    return ServingException.invalidField(
        field, field + " is " + shown(value) + ", must be " + expected);
  }

  /** A value as messages show it, cut where it is long. */
  public static String shown(@Nullable Object value) {
    String text = value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "...";
  }
}
