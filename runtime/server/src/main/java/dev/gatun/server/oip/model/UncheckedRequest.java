package dev.gatun.server.oip.model;

import dev.gatun.server.oip.tensor.TensorSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as it came from either wire. Parameter values are Boolean, Long, Double, String, or
 * BigInteger above 63 bits.
 *
 * @param modelVersion empty if the client leaves the choice
 */
public record UncheckedRequest(
    String modelName,
    String modelVersion,
    String id,
    Map<String, Object> parameters,
    List<Input> inputs,
    List<RequestedOutput> outputs) {

  public UncheckedRequest {
    parameters = Map.copyOf(parameters);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /**
   * An input.
   *
   * @param source null if the client sent no elements
   */
  public record Input(
      String name,
      String datatype,
      List<Long> shape,
      Map<String, Object> parameters,
      @Nullable TensorSource source) {

    public Input {
      shape = List.copyOf(shape);
      parameters = Map.copyOf(parameters);
    }
  }
}
