package dev.gatun.server.oip.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.server.http.HttpCall;
import dev.gatun.server.oip.OipJson;

/** Answers that are small JSON documents. */
public final class JsonAnswers {
  /** Content type of every JSON answer. */
  public static final String CONTENT_TYPE = "application/json";

  private JsonAnswers() {}

  static void ok(HttpCall call, JsonNode body) {
    respond(call, 200, body);
  }

  static void respond(HttpCall call, int status, JsonNode body) {
    call.respond(status, CONTENT_TYPE, bytes(body));
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  public static byte[] bytes(JsonNode body) {
    try {
      return OipJson.TREES.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain nodes was not written", e);
    }
  }
}
