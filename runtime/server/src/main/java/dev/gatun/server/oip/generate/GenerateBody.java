package dev.gatun.server.oip.generate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.oip.OipJson;
import dev.gatun.server.oip.model.ReservedParameters;
import dev.gatun.server.oip.model.TensorModel;
import dev.gatun.server.oip.model.TensorSpec;
import dev.gatun.server.oip.model.UncheckedRequest;
import dev.gatun.server.oip.tensor.Datatype;
import dev.gatun.server.oip.tensor.JsonSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the flat object of a generate request. Pure functions. */
final class GenerateBody {
  private static final String ID = "id";
  private static final String PARAMETERS = "parameters";

  private GenerateBody() {}

  /**
   * All keys of the request, those of {@code parameters} beside the others.
   *
   * @throws ServingException INVALID_ARGUMENT if a key comes twice or parameters is no object
   */
  static Map<String, JsonNode> flatten(byte[] body) {
    ObjectNode request = OipJson.readObject(body, "the generate request");
    Map<String, JsonNode> values = new LinkedHashMap<>();
    request.forEachEntry(
        (name, value) -> {
          if (!name.equals(PARAMETERS)) {
            values.put(name, value);
          }
        });
    JsonNode parameters = request.path(PARAMETERS);
    if (parameters instanceof ObjectNode object) {
      object.forEachEntry(
          (name, value) -> {
            if (values.put(name, value) != null) {
              throw ServingException.invalidField(name, "'" + name + "' already exists in request");
            }
          });
    } else if (!parameters.isMissingNode() && !parameters.isNull()) {
      throw ServingException.invalidField(PARAMETERS, "'parameters' must be a JSON object");
    }
    return values;
  }

  /**
   * The request for the model.
   *
   * @param values of {@link #flatten}; null values are as if absent
   * @throws ServingException INVALID_ARGUMENT naming the key whose type does not fit
   */
  static UncheckedRequest toRequest(
      TensorModel model, String version, Map<String, JsonNode> values) {
    Map<String, TensorSpec> specs =
        model.inputs().stream().collect(Collectors.toMap(TensorSpec::name, Function.identity()));
    String id = "";
    Map<String, Object> parameters = new HashMap<>();
    List<UncheckedRequest.Input> inputs = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : values.entrySet()) {
      String name = entry.getKey();
      JsonNode value = entry.getValue();
      TensorSpec spec = specs.get(name);
      if (value.isNull()) {
        continue;
      }
      if (spec != null || (value.isArray() && model.takesUndeclared(name))) {
        inputs.add(input(name, spec, value));
      } else if (name.equals(ID)) {
        id = id(value);
      } else {
        // Parameters have no maps; a model that knows better reads the text of one.
        boolean isMap = value.isObject() && model.takesUndeclared(name);
        parameters.put(name, isMap ? value.toString() : parameter(name, value));
      }
    }
    return new UncheckedRequest(model.name(), version, id, parameters, inputs, List.of());
  }

  private static String id(JsonNode value) {
    if (!value.isTextual()) {
      throw ServingException.invalidField(ID, "'id' has invalid type: must be a string");
    }
    return value.textValue();
  }

  private static Object parameter(String name, JsonNode value) {
    if (name.startsWith(ReservedParameters.PREFIX)) {
      throw ServingException.invalidField(
          name, "parameter '" + name + "' begins with triton_, which is reserved");
    }
    Object plain = OipJson.value(name, value);
    if (plain == null || plain instanceof List) {
      throw ServingException.invalidField(name, "'" + name + "' has invalid type: a list");
    }
    return plain;
  }

  private static UncheckedRequest.Input input(
      String name, @Nullable TensorSpec spec, JsonNode value) {
    ArrayNode list =
        value instanceof ArrayNode array ? array : JsonNodeFactory.instance.arrayNode().add(value);
    if (value.isObject()) {
      throw ServingException.invalidField(name, "'" + name + "' has invalid type: an object");
    }
    Datatype datatype =
        spec != null && spec.datatype().isPresent() ? spec.datatype().get() : datatype(list);
    byte[] json = bytes(list);
    return new UncheckedRequest.Input(
        name,
        datatype.name(),
        List.of((long) list.size()),
        Map.of(),
        new JsonSource(OipJson.FACTORY, json, 0, json.length));
  }

  /** Where neither client nor model says: by the first element, with room for the others. */
  private static Datatype datatype(ArrayNode list) {
    JsonNode first = list.path(0);
    if (first.isBoolean()) {
      return Datatype.BOOL;
    }
    if (first.isNumber()) {
      for (JsonNode item : list) {
        if (!item.isIntegralNumber()) {
          return Datatype.FP64;
        }
      }
      return Datatype.INT64;
    }
    return Datatype.BYTES;
  }

  private static byte[] bytes(JsonNode node) {
    try {
      return OipJson.TREES.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree that was read is not written", e);
    }
  }
}
