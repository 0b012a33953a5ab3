package dev.gatun.server.oip;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.oip.tensor.JsonMessages;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads JSON of clients within bounds. Thread-safe. */
public final class OipJson {
  /** Levels of tensor data plus those of the request around it. */
  private static final int MAX_NESTING = 110;

  /** Nodes of one tree; tensors are not read as trees. */
  private static final long MAX_TREE_TOKENS = 1 << 20;

  /** For streaming; strings are bounded by the body they stand in. */
  public static final JsonFactory FACTORY = factory(Long.MAX_VALUE);

  /** For small documents, and to write. */
  public static final ObjectMapper TREES =
      JsonMapper.builder(factory(MAX_TREE_TOKENS))
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private OipJson() {}

  private static JsonFactory factory(long maxTokens) {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(MAX_NESTING)
                .maxStringLength(Integer.MAX_VALUE)
                .maxTokenCount(maxTokens)
                .build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .build();
  }

  /**
   * A whole document that must be an object.
   *
   * @param what names it in messages
   * @throws ServingException INVALID_ARGUMENT saying what is wrong and where
   */
  public static ObjectNode readObject(byte[] json, String what) {
    JsonNode node;
    try {
      node = TREES.readTree(json);
    } catch (IOException e) {
      throw malformed(what, e);
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw ServingException.invalid(what + " must be a JSON object");
  }

  /** The same, empty for an empty body. */
  public static ObjectNode readOptionalObject(byte[] json, String what) {
    return json.length == 0 ? JsonNodeFactory.instance.objectNode() : readObject(json, what);
  }

  public static ServingException malformed(String what, IOException failure) {
    return new ServingException(
        ErrorCode.INVALID_ARGUMENT, what + " cannot be read: " + JsonMessages.of(failure), failure);
  }

  /**
   * A Boolean, Long, BigInteger, Double, String, List of these, or null.
   *
   * @throws ServingException INVALID_ARGUMENT if there is an object in it
   */
  public static @Nullable Object value(String name, JsonNode node) {
    return switch (node.getNodeType()) {
      case BOOLEAN -> node.booleanValue();
      case STRING -> node.textValue();
      case NULL, MISSING -> null;
      case NUMBER -> number(node);
      case ARRAY -> {
        List<Object> items = new ArrayList<>(node.size());
        for (JsonNode item : node) {
          Object value = value(name, item);
          if (value == null) {
            throw invalidType(name, "a list with null");
          }
          items.add(value);
        }
        yield items;
      }
      case OBJECT -> throw invalidType(name, "an object");
      case BINARY, POJO -> throw new IllegalStateException("not from JSON: " + node.getNodeType());
    };
  }

  private static Object number(JsonNode node) {
    if (!node.isIntegralNumber()) {
      return node.doubleValue();
    }
    BigInteger value = node.bigIntegerValue();
    return value.bitLength() < Long.SIZE ? (Object) value.longValueExact() : value;
  }

  private static ServingException invalidType(String name, String what) {
    return ServingException.invalidField(name, "'" + name + "' has invalid type: " + what);
  }
}
