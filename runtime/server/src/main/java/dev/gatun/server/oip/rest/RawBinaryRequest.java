package dev.gatun.server.oip.rest;

import com.google.protobuf.ByteString;
import dev.gatun.engine.api.ServingException;
import dev.gatun.proto.inference.InferTensorContents;
import dev.gatun.server.oip.model.TensorModel;
import dev.gatun.server.oip.model.TensorSpec;
import dev.gatun.server.oip.model.UncheckedRequest;
import dev.gatun.server.oip.tensor.Datatype;
import dev.gatun.server.oip.tensor.TypedSource;
import java.util.List;
import java.util.Map;

/** A request without JSON: the body is the one string that the model has to be given. */
final class RawBinaryRequest {
  private RawBinaryRequest() {}

  /**
   * The request that the body stands for; all outputs are to come back binary.
   *
   * @throws ServingException INVALID_ARGUMENT if the model needs anything but one string
   */
  static UncheckedRequest of(TensorModel model, String version, byte[] body) {
    List<TensorSpec> required = model.inputs().stream().filter(spec -> !spec.isOptional()).toList();
    if (required.size() != 1 || required.getFirst().shownDatatype() != Datatype.BYTES) {
      throw ServingException.invalid(
          "a raw binary request needs a model with exactly one input of BYTES, which model '"
              + model.name()
              + "' is not");
    }
    InferTensorContents text =
        InferTensorContents.newBuilder().addBytesContents(ByteString.copyFrom(body)).build();
    return new UncheckedRequest(
        model.name(),
        version,
        "",
        Map.of(InferResponseBody.ALL_BINARY, true),
        List.of(
            new UncheckedRequest.Input(
                required.getFirst().name(),
                Datatype.BYTES.name(),
                List.of(1L),
                Map.of(),
                new TypedSource(text))),
        List.of());
  }
}
