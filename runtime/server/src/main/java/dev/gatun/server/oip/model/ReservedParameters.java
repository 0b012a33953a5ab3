package dev.gatun.server.oip.model;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import java.math.BigInteger;
import java.util.Map;
import java.util.function.Predicate;

/** Parameters whose meaning the protocol fixes, and the types they may have. */
public final class ReservedParameters {
  /** Asks for an empty last response on a stream; the only such name a client may use. */
  public static final String EMPTY_FINAL_RESPONSE = "triton_enable_empty_final_response";

  /** Marks the last response of a request on a stream. */
  public static final String FINAL_RESPONSE = "triton_final_response";

  /** Prefix of names that belong to the server. */
  public static final String PREFIX = "triton_";

  private static final Map<String, Rule> REQUEST_RULES =
      Map.of(
          "sequence_id",
          new Rule(
              "an integer >= 0 or a string", value -> isCount(value) || value instanceof String),
          "sequence_start",
          new Rule("a boolean", value -> value instanceof Boolean),
          "sequence_end",
          new Rule("a boolean", value -> value instanceof Boolean),
          "priority",
          new Rule("an integer >= 0", ReservedParameters::isCount),
          "timeout",
          new Rule("an integer >= 0", ReservedParameters::isCount),
          "binary_data_output",
          new Rule("a boolean", value -> value instanceof Boolean),
          EMPTY_FINAL_RESPONSE,
          new Rule("a boolean", value -> value instanceof Boolean));

  private record Rule(String expected, Predicate<Object> holds) {}

  private ReservedParameters() {}

  /** Checks the parameters of a request. */
  static void checkRequest(Map<String, Object> parameters) {
    parameters.forEach(
        (name, value) -> {
          Rule rule = REQUEST_RULES.get(name);
          if (rule != null && !rule.holds.test(value)) {
            throw wrongType(name, value, rule.expected);
          }
          if (rule == null && name.startsWith(PREFIX)) {
            throw ServingException.invalid(
                "parameter '" + name + "' begins with " + PREFIX + ", which is reserved");
          }
        });
  }

  /** Checks the parameters of an input or a requested output. */
  static void checkTensor(String where, Map<String, Object> parameters) {
    parameters.forEach(
        (name, value) -> {
          if (name.startsWith("shared_memory_")) {
            throw new ServingException(
                ErrorCode.UNSUPPORTED, "shared memory is not supported: " + name + " of " + where);
          }
          if (name.equals("classification")) {
            throw new ServingException(
                ErrorCode.UNSUPPORTED, "classification is not supported: " + where);
          }
          if (name.equals("binary_data") && !(value instanceof Boolean)) {
            throw wrongType(name, value, "a boolean");
          }
        });
  }

  private static boolean isCount(Object value) {
    return (value instanceof Long number && number >= 0) || value instanceof BigInteger;
  }

  private static ServingException wrongType(String name, Object value, String expected) {
    return ServingException.invalid(
        "invalid value type for '" + name + "' parameter: " + value + ", expected " + expected);
  }
}
