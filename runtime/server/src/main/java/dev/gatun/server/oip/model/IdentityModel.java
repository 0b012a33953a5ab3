package dev.gatun.server.oip.model;

import dev.gatun.engine.api.ServingException;
import dev.gatun.server.oip.tensor.InferTensor;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Answers with the tensors it is given, byte for byte: INPUT0 comes back as OUTPUT0, INPUT1 as
 * OUTPUT1, any other name as itself. For conformance and load tests without weights.
 */
public final class IdentityModel implements TensorModel {
  /** The name it is served under. */
  public static final String NAME = "identity";

  private static final String INPUT_PREFIX = "INPUT";
  private static final String OUTPUT_PREFIX = "OUTPUT";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String platform() {
    return "gatun_identity";
  }

  @Override
  public List<TensorSpec> inputs() {
    return List.of(TensorSpec.any(INPUT_PREFIX + "0"));
  }

  @Override
  public List<TensorSpec> outputs() {
    return List.of(TensorSpec.any(OUTPUT_PREFIX + "0"));
  }

  @Override
  public boolean takesUndeclared(String inputName) {
    return true;
  }

  @Override
  public Set<String> outputNames(List<String> inputNames) {
    return inputNames.stream().map(IdentityModel::outputName).collect(Collectors.toSet());
  }

  @Override
  public boolean isDecoupled() {
    return false;
  }

  @Override
  public Map<String, String> properties() {
    return Map.of("takes", "any number of inputs of any datatype and shape");
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public InferResponse infer(InferRequest request, InferCall call) {
    List<InferTensor> outputs =
        request.inputs().stream().map(input -> input.renamed(outputName(input.name()))).toList();
    if (outputs.stream().map(InferTensor::name).distinct().count() < outputs.size()) {
      throw ServingException.invalid(
          "two inputs for model '" + NAME + "' have the same output name");
    }
    return InferResponse.to(request, outputs);
  }

  private static String outputName(String inputName) {
    return inputName.startsWith(INPUT_PREFIX)
        ? OUTPUT_PREFIX + inputName.substring(INPUT_PREFIX.length())
        : inputName;
  }
}
