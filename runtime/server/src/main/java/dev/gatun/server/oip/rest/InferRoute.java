package dev.gatun.server.oip.rest;

import dev.gatun.server.http.HttpCall;
import dev.gatun.server.oip.model.InferCall;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.TensorModel;
import dev.gatun.server.oip.model.UncheckedRequest;

/** POST .../infer. Thread-safe. */
final class InferRoute {
  private final Inferences inferences;

  InferRoute(Inferences inferences) {
    this.inferences = inferences;
  }

  /** Answers with one response, or throws what is wrong with the request. */
  void handle(HttpCall http, String modelName, String modelVersion) throws InterruptedException {
    TensorModel model = inferences.registry().resolve(modelName, modelVersion).model();
    InferBody body = InferBody.of(http.body(), http.header(InferBody.LENGTH_HEADER));
    UncheckedRequest request =
        body.isRawBinary()
            ? RawBinaryRequest.of(model, modelVersion, body.bytes())
            : InferRequestReader.read(body, modelName, modelVersion);
    InferCall call = new InferCall(http.deadlineNanos());
    http.onDisconnect(call::cancel);
    InferResponseBody.respond(http, request, inferences.infer(request, call));
  }
}
