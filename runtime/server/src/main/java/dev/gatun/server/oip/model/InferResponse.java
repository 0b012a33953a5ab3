package dev.gatun.server.oip.model;

import dev.gatun.server.oip.tensor.InferTensor;
import java.util.List;
import java.util.Map;

/**
 * One response.
 *
 * @param parameters as in {@link UncheckedRequest}
 */
public record InferResponse(
    String modelName,
    String modelVersion,
    String id,
    Map<String, Object> parameters,
    List<InferTensor> outputs) {

  public InferResponse {
    parameters = Map.copyOf(parameters);
    outputs = List.copyOf(outputs);
  }

  /** A response to the request, before its outputs are chosen. */
  public static InferResponse to(InferRequest request, List<InferTensor> outputs) {
    return to(request, Map.of(), outputs);
  }

  /** The same with parameters. */
  public static InferResponse to(
      InferRequest request, Map<String, Object> parameters, List<InferTensor> outputs) {
    return new InferResponse(
        request.modelName(), ModelRegistry.VERSION, request.id(), parameters, outputs);
  }

  /** Only the outputs asked for, in that order; all of them if none was named. */
  InferResponse withOutputs(List<String> names) {
    if (names.isEmpty()) {
      return this;
    }
    List<InferTensor> chosen =
        names.stream()
            .flatMap(name -> outputs.stream().filter(output -> output.name().equals(name)))
            .toList();
    return new InferResponse(modelName, modelVersion, id, parameters, chosen);
  }
}
