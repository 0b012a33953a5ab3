package dev.gatun.server.oip.model;

import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.oip.tensor.Datatype;
import dev.gatun.server.oip.tensor.InferTensor;
import dev.gatun.server.oip.tensor.Shapes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Turns what came from the wire into a request that fits the model. Clients rely on the order of
 * the checks and on parts of the messages, which follow the reference server.
 */
final class RequestCheck {
  private final TensorModel model;
  private final UncheckedRequest request;

  private RequestCheck(TensorModel model, UncheckedRequest request) {
    this.model = model;
    this.request = request;
  }

  /** The checked request; fails with INVALID_ARGUMENT, or UNSUPPORTED for what is not served. */
  static InferRequest check(TensorModel model, UncheckedRequest request) {
    return new RequestCheck(model, request).run();
  }

  private InferRequest run() {
    checkNames();
    checkParameters();
    checkData();
    Map<String, TensorSpec> specs =
        model.inputs().stream().collect(Collectors.toMap(TensorSpec::name, Function.identity()));
    checkInputSet(specs);
    List<Datatype> datatypes = new ArrayList<>();
    for (UncheckedRequest.Input input : request.inputs()) {
      datatypes.add(datatype(input, specs));
    }
    List<Long> counts = new ArrayList<>();
    for (UncheckedRequest.Input input : request.inputs()) {
      counts.add(numElements(input, specs));
    }
    List<InferTensor> tensors = new ArrayList<>();
    for (int i = 0; i < datatypes.size(); i++) {
      tensors.add(read(request.inputs().get(i), datatypes.get(i), counts.get(i)));
    }
    return new InferRequest(
        model.name(), request.id(), request.parameters(), tensors, requestedOutputs());
  }

  private void checkNames() {
    Set<String> names = new HashSet<>();
    for (UncheckedRequest.Input input : request.inputs()) {
      if (!names.add(input.name())) {
        throw ServingException.invalid("input '" + input.name() + "' already exists in request");
      }
    }
    names.clear();
    for (RequestedOutput output : request.outputs()) {
      if (!names.add(output.name())) {
        throw ServingException.invalid(
            "requested output '" + output.name() + "' already exists in request");
      }
    }
  }

  private void checkParameters() {
    ReservedParameters.checkRequest(request.parameters());
    for (UncheckedRequest.Input input : request.inputs()) {
      ReservedParameters.checkTensor(where(input), input.parameters());
    }
    for (RequestedOutput output : request.outputs()) {
      ReservedParameters.checkTensor(
          "output '" + output.name() + "' for model '" + model.name() + "'", output.parameters());
    }
  }

  /** A tensor without elements needs no data: some clients then send none. */
  private void checkData() {
    for (UncheckedRequest.Input input : request.inputs()) {
      if (input.source() == null && !input.shape().contains(0L)) {
        throw ServingException.invalid(
            "unable to find data for input tensor '"
                + input.name()
                + "' for model '"
                + model.name()
                + "' in request");
      }
    }
  }

  private void checkInputSet(Map<String, TensorSpec> specs) {
    List<String> names = request.inputs().stream().map(UncheckedRequest.Input::name).toList();
    List<String> missing =
        specs.values().stream()
            .filter(spec -> !spec.isOptional() && !names.contains(spec.name()))
            .map(TensorSpec::name)
            .sorted()
            .toList();
    // A model that takes any name is content with any input.
    boolean needsDeclared = missing.stream().anyMatch(name -> !model.takesUndeclared(name));
    if (needsDeclared || (!missing.isEmpty() && names.isEmpty())) {
      throw ServingException.invalid(
          "expected "
              + expectedInputs(specs)
              + " inputs but got "
              + names.size()
              + " inputs for model '"
              + model.name()
              + "'. Got input(s) "
              + quoted(names)
              + ", but missing required input(s) "
              + quoted(missing)
              + ". Please provide all required input(s).");
    }
    for (String name : names) {
      if (!specs.containsKey(name) && !model.takesUndeclared(name)) {
        throw ServingException.invalid(
            "unexpected inference input '" + name + "' for model '" + model.name() + "'");
      }
    }
  }

  private static String expectedInputs(Map<String, TensorSpec> specs) {
    long numRequired = specs.values().stream().filter(spec -> !spec.isOptional()).count();
    return numRequired == specs.size()
        ? Long.toString(numRequired)
        : "between " + numRequired + " and " + specs.size();
  }

  private static String quoted(List<String> names) {
    return names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", ", "[", "]"));
  }

  private Datatype datatype(UncheckedRequest.Input input, Map<String, TensorSpec> specs) {
    TensorSpec spec = specs.get(input.name());
    if (spec != null && spec.datatype().isPresent()) {
      Datatype expected = spec.datatype().get();
      if (!expected.name().equals(input.datatype())) {
        throw ServingException.invalid(
            "inference input '"
                + input.name()
                + "' data-type is '"
                + input.datatype()
                + "', but model '"
                + model.name()
                + "' expects '"
                + expected
                + "'");
      }
      return expected;
    }
    return Datatype.of(input.datatype())
        .orElseThrow(
            () ->
                ServingException.invalid(
                    "unknown datatype '" + input.datatype() + "' of " + where(input)));
  }

  private long numElements(UncheckedRequest.Input input, Map<String, TensorSpec> specs) {
    long count = Shapes.numElements(input.shape(), where(input));
    TensorSpec spec = specs.get(input.name());
    if (spec != null && !spec.takes(input.shape())) {
      throw ServingException.invalid(
          "unexpected shape for "
              + where(input)
              + ". Expected "
              + spec.shownShape()
              + ", got "
              + input.shape());
    }
    return count;
  }

  private InferTensor read(UncheckedRequest.Input input, Datatype datatype, long count) {
    return new InferTensor(
        input.name(),
        datatype,
        input.shape(),
        input.source() == null
            ? ByteString.EMPTY
            : input.source().read(where(input), datatype, count));
  }

  private List<String> requestedOutputs() {
    List<String> names = request.outputs().stream().map(RequestedOutput::name).toList();
    Set<String> known =
        model.outputNames(request.inputs().stream().map(UncheckedRequest.Input::name).toList());
    for (String name : names) {
      if (!known.contains(name)) {
        throw ServingException.invalid(
            "unexpected inference output '" + name + "' for model '" + model.name() + "'");
      }
    }
    return names;
  }

  private String where(UncheckedRequest.Input input) {
    return "input '" + input.name() + "' for model '" + model.name() + "'";
  }
}
