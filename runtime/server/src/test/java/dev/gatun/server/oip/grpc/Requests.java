package dev.gatun.server.oip.grpc;

import com.google.protobuf.ByteString;
import dev.gatun.proto.inference.InferParameter;
import dev.gatun.proto.inference.InferTensorContents;
import dev.gatun.proto.inference.ModelInferRequest;

/** Requests that tests send. */
final class Requests {
  private Requests() {}

  /** One INT32 element to the identity model, typed. */
  static ModelInferRequest identity(String id, int value) {
    return ModelInferRequest.newBuilder()
        .setModelName("identity")
        .setId(id)
        .addInputs(
            ModelInferRequest.InferInputTensor.newBuilder()
                .setName("INPUT0")
                .setDatatype("INT32")
                .addShape(1)
                .setContents(InferTensorContents.newBuilder().addIntContents(value)))
        .build();
  }

  static ModelInferRequest.Builder raw(String datatype, ByteString data, long... shape) {
    ModelInferRequest.InferInputTensor.Builder input =
        ModelInferRequest.InferInputTensor.newBuilder().setName("INPUT0").setDatatype(datatype);
    for (long size : shape) {
      input.addShape(size);
    }
    return ModelInferRequest.newBuilder()
        .setModelName("identity")
        .addInputs(input)
        .addRawInputContents(data);
  }

  static InferParameter flag(boolean value) {
    return InferParameter.newBuilder().setBoolParam(value).build();
  }
}
