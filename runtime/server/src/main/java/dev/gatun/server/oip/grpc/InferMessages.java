package dev.gatun.server.oip.grpc;

import dev.gatun.engine.api.ServingException;
import dev.gatun.proto.inference.InferParameter;
import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelInferResponse;
import dev.gatun.server.oip.model.InferResponse;
import dev.gatun.server.oip.model.RequestedOutput;
import dev.gatun.server.oip.model.UncheckedRequest;
import dev.gatun.server.oip.tensor.InferTensor;
import dev.gatun.server.oip.tensor.RawSource;
import dev.gatun.server.oip.tensor.Shapes;
import dev.gatun.server.oip.tensor.TensorSource;
import dev.gatun.server.oip.tensor.TypedContents;
import dev.gatun.server.oip.tensor.TypedSource;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Between the messages of the wire and requests and responses. Pure functions. */
final class InferMessages {
  private InferMessages() {}

  /**
   * The request, its elements not looked at yet.
   *
   * @throws ServingException INVALID_ARGUMENT if raw and typed contents are mixed, or a parameter
   *     has no value
   */
  static UncheckedRequest request(ModelInferRequest message) {
    Map<String, Object> parameters = parameters(message.getParametersMap());
    int numRaw = message.getRawInputContentsCount();
    if (numRaw > message.getInputsCount()) {
      throw ServingException.invalid(
          "raw_input_contents has "
              + numRaw
              + " entries for "
              + message.getInputsCount()
              + " inputs of model '"
              + message.getModelName()
              + "'");
    }
    List<UncheckedRequest.Input> inputs = new ArrayList<>(message.getInputsCount());
    for (int i = 0; i < message.getInputsCount(); i++) {
      ModelInferRequest.InferInputTensor input = message.getInputs(i);
      Shapes.checkRank(input.getShapeCount(), "input '" + input.getName() + "'");
      inputs.add(
          new UncheckedRequest.Input(
              input.getName(),
              input.getDatatype(),
              input.getShapeList(),
              parameters(input.getParametersMap()),
              source(message, i)));
    }
    List<RequestedOutput> outputs =
        message.getOutputsList().stream()
            .map(
                output ->
                    new RequestedOutput(output.getName(), parameters(output.getParametersMap())))
            .toList();
    return new UncheckedRequest(
        message.getModelName(),
        message.getModelVersion(),
        message.getId(),
        parameters,
        inputs,
        outputs);
  }

  private static @Nullable TensorSource source(ModelInferRequest message, int index) {
    ModelInferRequest.InferInputTensor input = message.getInputs(index);
    if (message.getRawInputContentsCount() == 0) {
      return input.hasContents() && hasElements(input)
          ? new TypedSource(input.getContents())
          : null;
    }
    if (input.hasContents()) {
      throw ServingException.invalid(
          "contents field must not be specified when using raw_input_contents for '"
              + input.getName()
              + "' for model '"
              + message.getModelName()
              + "'");
    }
    return index < message.getRawInputContentsCount()
        ? new RawSource(message.getRawInputContents(index))
        : null;
  }

  /** Contents without any element are no data, as if they were absent. */
  private static boolean hasElements(ModelInferRequest.InferInputTensor input) {
    return input.getContents().getSerializedSize() > 0;
  }

  private static Map<String, Object> parameters(Map<String, InferParameter> messages) {
    Map<String, Object> values = new HashMap<>();
    messages.forEach((name, message) -> values.put(name, value(name, message)));
    return values;
  }

  private static Object value(String name, InferParameter parameter) {
    return switch (parameter.getParameterChoiceCase()) {
      case BOOL_PARAM -> parameter.getBoolParam();
      case INT64_PARAM -> parameter.getInt64Param();
      case STRING_PARAM -> parameter.getStringParam();
      case DOUBLE_PARAM -> parameter.getDoubleParam();
      case UINT64_PARAM -> {
        long value = parameter.getUint64Param();
        if (value >= 0) {
          yield value;
        }
        yield new BigInteger(Long.toUnsignedString(value));
      }
      case PARAMETERCHOICE_NOT_SET ->
          throw ServingException.invalid(
              "invalid value type for '" + name + "' parameter: it has no value");
    };
  }

  /** The form a request asks for by its own: raw if it came raw. */
  static boolean isRaw(ModelInferRequest request) {
    return request.getRawInputContentsCount() > 0;
  }

  /**
   * The response in one form.
   *
   * @param isRaw as the request; FP16 and BF16 make it raw in any case
   */
  static ModelInferResponse response(InferResponse response, boolean isRaw) {
    ModelInferResponse.Builder message =
        ModelInferResponse.newBuilder()
            .setModelName(response.modelName())
            .setModelVersion(response.modelVersion())
            .setId(response.id());
    response.parameters().forEach((name, value) -> message.putParameters(name, parameter(value)));
    boolean goesRaw =
        isRaw || response.outputs().stream().anyMatch(output -> output.datatype().isRawOnly());
    for (InferTensor output : response.outputs()) {
      ModelInferResponse.InferOutputTensor.Builder tensor =
          message
              .addOutputsBuilder()
              .setName(output.name())
              .setDatatype(output.datatype().name())
              .addAllShape(output.shape());
      if (goesRaw) {
        message.addRawOutputContents(output.data());
      } else {
        tensor.setContents(TypedContents.of(output));
      }
    }
    return message.build();
  }

  static InferParameter parameter(Object value) {
    InferParameter.Builder parameter = InferParameter.newBuilder();
    return switch (value) {
      case Boolean flag -> parameter.setBoolParam(flag).build();
      case Long number -> parameter.setInt64Param(number).build();
      case Double number -> parameter.setDoubleParam(number).build();
      case String text -> parameter.setStringParam(text).build();
      case BigInteger number -> parameter.setUint64Param(number.longValue()).build();
      default -> throw new IllegalArgumentException("no parameter type for " + value.getClass());
    };
  }
}
