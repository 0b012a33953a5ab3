package dev.gatun.server.oip.rest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.UnsafeByteOperations;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.oip.OipJson;
import dev.gatun.server.oip.model.RequestedOutput;
import dev.gatun.server.oip.model.ReservedParameters;
import dev.gatun.server.oip.model.UncheckedRequest;
import dev.gatun.server.oip.tensor.JsonMessages;
import dev.gatun.server.oip.tensor.JsonSource;
import dev.gatun.server.oip.tensor.RawSource;
import dev.gatun.server.oip.tensor.Shapes;
import dev.gatun.server.oip.tensor.TensorSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads an inference request. The JSON is streamed and tensor data only skipped over: it is read
 * where it stands once datatype and shape have been checked. For one request and one thread.
 */
final class InferRequestReader {
  private static final String BINARY_SIZE = "binary_data_size";

  private final InferBody body;
  private final String modelName;
  private final String modelVersion;
  private String id = "";
  private Map<String, Object> parameters = Map.of();
  private final List<RequestedOutput> outputs = new ArrayList<>();
  private final List<UncheckedRequest.Input> inputs = new ArrayList<>();
  private boolean hasInputs;

  /** Where the next binary block begins. */
  private int binaryStart;

  private InferRequestReader(InferBody body, String modelName, String modelVersion) {
    this.body = body;
    this.modelName = modelName;
    this.modelVersion = modelVersion;
    this.binaryStart = body.jsonLength();
  }

  /**
   * Reads JSON and the extent of binary data.
   *
   * @throws ServingException INVALID_ARGUMENT saying what is wrong and where
   */
  static UncheckedRequest read(InferBody body, String modelName, String modelVersion) {
    return new InferRequestReader(body, modelName, modelVersion).read();
  }

  private UncheckedRequest read() {
    try (JsonParser parser = OipJson.FACTORY.createParser(body.bytes(), 0, body.jsonLength())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw ServingException.invalid("the inference request must be a JSON object");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        readField(parser);
      }
      if (parser.nextToken() != null) {
        throw ServingException.invalid("something follows the inference request");
      }
    } catch (IOException e) {
      throw OipJson.malformed("the inference request", e);
    }
    if (!hasInputs) {
      throw ServingException.invalid("the inference request has no 'inputs'");
    }
    if (binaryStart != body.bytes().length) {
      throw ServingException.invalid(
          "unexpected additional input data for model '"
              + modelName
              + "': "
              + (body.bytes().length - binaryStart)
              + " bytes follow the last input");
    }
    return new UncheckedRequest(modelName, modelVersion, id, parameters, inputs, outputs);
  }

  private void readField(JsonParser parser) throws IOException {
    String name = parser.currentName();
    JsonToken value = parser.nextToken();
    switch (name) {
      case "id" -> id = value == JsonToken.VALUE_NULL ? "" : text(parser, "id");
      case "parameters" -> {
        parameters = parameters(parser, "parameters");
        refuseReserved(parameters);
      }
      case "inputs" -> {
        hasInputs = true;
        readList(parser, name, this::readInput);
      }
      case "outputs" -> {
        if (value != JsonToken.VALUE_NULL) {
          readList(parser, name, this::readOutput);
        }
      }
      default -> parser.skipChildren();
    }
  }

  /** Over REST no name of the server's own is taken. */
  private static void refuseReserved(Map<String, Object> parameters) {
    for (String name : parameters.keySet()) {
      if (name.startsWith(ReservedParameters.PREFIX)) {
        throw ServingException.invalid(
            "parameter '" + name + "' begins with triton_, which is reserved");
      }
    }
  }

  private interface ItemReader {
    void read(JsonParser parser) throws IOException;
  }

  private static void readList(JsonParser parser, String name, ItemReader reader)
      throws IOException {
    expect(parser, JsonToken.START_ARRAY, "'" + name + "'");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser, JsonToken.START_OBJECT, "an item of '" + name + "'");
      reader.read(parser);
    }
  }

  private void readInput(JsonParser parser) throws IOException {
    @Nullable String name = null;
    @Nullable String datatype = null;
    @Nullable List<Long> shape = null;
    @Nullable TensorSource data = null;
    Map<String, Object> inputParameters = Map.of();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "name" -> name = text(parser, "name of an input");
        case "datatype" -> datatype = text(parser, "datatype of an input");
        case "shape" -> shape = shape(parser);
        case "parameters" -> inputParameters = parameters(parser, "parameters of an input");
        case "data" -> data = data(parser);
        default -> parser.skipChildren();
      }
    }
    if (name == null) {
      throw ServingException.invalid("an input has no 'name'");
    }
    if (datatype == null || shape == null) {
      throw ServingException.invalid(
          "input '" + name + "' has no '" + (shape == null ? "shape" : "datatype") + "'");
    }
    Object size = inputParameters.get(BINARY_SIZE);
    if (size != null) {
      if (data != null) {
        throw ServingException.invalid(
            "input '" + name + "' has both 'data' and '" + BINARY_SIZE + "'");
      }
      data = binary(name, size);
    }
    inputs.add(new UncheckedRequest.Input(name, datatype, shape, inputParameters, data));
  }

  private TensorSource binary(String name, Object size) {
    int rest = body.bytes().length - binaryStart;
    if (!(size instanceof Long length) || length < 0) {
      throw ServingException.invalid(
          "'" + BINARY_SIZE + "' of input '" + name + "' is " + size + ", must be an integer >= 0");
    }
    if (length > rest) {
      throw ServingException.invalid(
          "unexpected size for input '"
              + name
              + "', expecting "
              + length
              + " bytes but only "
              + rest
              + " bytes are left in the body");
    }
    int start = binaryStart;
    binaryStart += length.intValue();
    // The body is not written to once it has been read.
    return new RawSource(UnsafeByteOperations.unsafeWrap(body.bytes(), start, length.intValue()));
  }

  private TensorSource data(JsonParser parser) throws IOException {
    expect(parser, JsonToken.START_ARRAY, "'data' of an input");
    long start = parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    long end = parser.currentLocation().getByteOffset();
    if (start < 0 || end <= start || body.bytes()[(int) start] != '[') {
      throw ServingException.invalid("the inference request is not UTF-8");
    }
    return new JsonSource(OipJson.FACTORY, body.bytes(), (int) start, (int) (end - start));
  }

  private void readOutput(JsonParser parser) throws IOException {
    @Nullable String name = null;
    Map<String, Object> outputParameters = Map.of();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "name" -> name = text(parser, "name of an output");
        case "parameters" -> outputParameters = parameters(parser, "parameters of an output");
        default -> parser.skipChildren();
      }
    }
    if (name == null) {
      throw ServingException.invalid("an output has no 'name'");
    }
    outputs.add(new RequestedOutput(name, outputParameters));
  }

  private static List<Long> shape(JsonParser parser) throws IOException {
    expect(parser, JsonToken.START_ARRAY, "'shape' of an input");
    List<Long> shape = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser, JsonToken.VALUE_NUMBER_INT, "a size in 'shape' of an input");
      shape.add(parser.getLongValue());
      Shapes.checkRank(shape.size(), "an input");
    }
    return shape;
  }

  private static Map<String, Object> parameters(JsonParser parser, String what) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_NULL) {
      return Map.of();
    }
    expect(parser, JsonToken.START_OBJECT, "'" + what + "'");
    Map<String, Object> values = new HashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken token = parser.nextToken();
      Object value =
          switch (token) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_NUMBER_INT ->
                parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                    ? (Object) parser.getBigIntegerValue()
                    : (Object) parser.getLongValue();
            case null, default ->
                throw ServingException.invalid(
                    "invalid value type for '" + name + "' parameter: " + JsonMessages.kind(token));
          };
      values.put(name, value);
    }
    return values;
  }

  private static String text(JsonParser parser, String what) throws IOException {
    expect(parser, JsonToken.VALUE_STRING, what);
    return parser.getText();
  }

  private static void expect(JsonParser parser, JsonToken token, String what) {
    if (parser.currentToken() != token) {
      throw ServingException.invalid(
          what
              + " is "
              + JsonMessages.aKind(parser.currentToken())
              + ", must be "
              + JsonMessages.aKind(token));
    }
  }
}
