package dev.gatun.server.oip.model;

import dev.gatun.server.oip.tensor.InferTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request whose tensors fit the model.
 *
 * @param parameters as in {@link UncheckedRequest}
 * @param outputs names wanted, in order; empty for all
 */
public record InferRequest(
    String modelName,
    String id,
    Map<String, Object> parameters,
    List<InferTensor> inputs,
    List<String> outputs) {

  public InferRequest {
    parameters = Map.copyOf(parameters);
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  public Optional<InferTensor> input(String name) {
    return inputs.stream().filter(input -> input.name().equals(name)).findFirst();
  }
}
