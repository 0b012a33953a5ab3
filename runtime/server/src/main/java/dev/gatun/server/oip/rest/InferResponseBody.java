package dev.gatun.server.oip.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.oip.OipJson;
import dev.gatun.server.oip.model.InferResponse;
import dev.gatun.server.oip.model.RequestedOutput;
import dev.gatun.server.oip.model.UncheckedRequest;
import dev.gatun.server.oip.tensor.InferTensor;
import dev.gatun.server.oip.tensor.JsonData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** Writes inference responses: JSON, followed by the outputs that were asked for in binary. */
final class InferResponseBody {
  /** Request parameter: every output binary unless it says otherwise itself. */
  static final String ALL_BINARY = "binary_data_output";

  private static final String BINARY = "binary_data";
  private static final String BINARY_SIZE = "binary_data_size";

  private InferResponseBody() {}

  /**
   * Answers the call.
   *
   * @throws dev.gatun.engine.api.ServingException INVALID_ARGUMENT if JSON cannot carry an output
   */
  static void respond(HttpCall call, UncheckedRequest request, InferResponse response) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      try (JsonGenerator json = OipJson.FACTORY.createGenerator(body)) {
        write(json, request, response);
      }
      int jsonLength = body.size();
      boolean hasBinary = false;
      for (InferTensor output : response.outputs()) {
        if (isBinary(request, output)) {
          output.data().writeTo(body);
          hasBinary = true;
        }
      }
      if (hasBinary) {
        call.respond(
            200,
            "application/octet-stream",
            Map.of(InferBody.LENGTH_HEADER, Integer.toString(jsonLength)),
            body.toByteArray());
      } else {
        call.respond(200, JsonAnswers.CONTENT_TYPE, body.toByteArray());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Memory does not fail to be written.
    }
  }

  private static boolean isBinary(UncheckedRequest request, InferTensor output) {
    for (RequestedOutput requested : request.outputs()) {
      if (requested.name().equals(output.name())
          && requested.parameters().get(BINARY) instanceof Boolean own) {
        return own;
      }
    }
    return Boolean.TRUE.equals(request.parameters().get(ALL_BINARY));
  }

  private static void write(JsonGenerator json, UncheckedRequest request, InferResponse response)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("model_name", response.modelName());
    json.writeStringField("model_version", response.modelVersion());
    if (!response.id().isEmpty()) {
      json.writeStringField("id", response.id());
    }
    if (!response.parameters().isEmpty()) {
      json.writeFieldName("parameters");
      OipJson.TREES.writeValue(json, response.parameters());
    }
    json.writeArrayFieldStart("outputs");
    for (InferTensor output : response.outputs()) {
      write(json, output, isBinary(request, output));
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, InferTensor output, boolean isBinary)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("name", output.name());
    json.writeStringField("datatype", output.datatype().name());
    json.writeArrayFieldStart("shape");
    for (long size : output.shape()) {
      json.writeNumber(size);
    }
    json.writeEndArray();
    if (isBinary) {
      json.writeObjectFieldStart("parameters");
      json.writeNumberField(BINARY_SIZE, output.data().size());
      json.writeEndObject();
    } else {
      json.writeArrayFieldStart("data");
      JsonData.write(output, json);
      json.writeEndArray();
    }
    json.writeEndObject();
  }
}
