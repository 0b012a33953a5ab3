package dev.gatun.server.oip.generate;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.gatun.server.oip.OipJson;
import dev.gatun.server.oip.model.InferResponse;
import dev.gatun.server.oip.model.ReservedParameters;
import dev.gatun.server.oip.tensor.ElementValues;
import dev.gatun.server.oip.tensor.InferTensor;
import dev.gatun.server.oip.tensor.JsonData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;

/** Writes responses as flat objects: one key per output. */
final class GenerateAnswer {
  /** Finish reason of what has not finished. */
  private static final String GOES_ON = "None";

  private GenerateAnswer() {}

  /** A whole answer. */
  static byte[] whole(InferResponse response) {
    return write(response, Set.of(), false);
  }

  /**
   * One event of a stream.
   *
   * @param hidden outputs that are shown only where they say more than that a sequence goes on
   */
  static byte[] event(InferResponse response, Set<String> hidden, boolean isLast) {
    return write(response, hidden, isLast);
  }

  private static byte[] write(InferResponse response, Set<String> hidden, boolean isLast) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = OipJson.FACTORY.createGenerator(out)) {
      json.writeStartObject();
      if (!response.id().isEmpty()) {
        json.writeStringField("id", response.id());
      }
      json.writeStringField("model_name", response.modelName());
      json.writeStringField("model_version", response.modelVersion());
      for (Map.Entry<String, Object> parameter : response.parameters().entrySet()) {
        json.writeObjectField(parameter.getKey(), parameter.getValue());
      }
      for (InferTensor output : response.outputs()) {
        if (!hidden.contains(output.name()) || !ElementValues.of(output).contains(GOES_ON)) {
          write(json, output);
        }
      }
      if (isLast) {
        json.writeBooleanField(ReservedParameters.FINAL_RESPONSE, true);
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Memory does not fail to be written.
    }
    return out.toByteArray();
  }

  private static void write(JsonGenerator json, InferTensor output) throws IOException {
    json.writeFieldName(output.name());
    boolean isScalar = output.numElements() == 1;
    if (!isScalar) {
      json.writeStartArray();
    }
    JsonData.write(output, json);
    if (!isScalar) {
      json.writeEndArray();
    }
  }
}
