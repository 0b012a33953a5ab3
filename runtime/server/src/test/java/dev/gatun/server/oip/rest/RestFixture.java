package dev.gatun.server.oip.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.gatun.server.http.Router;
import dev.gatun.server.oip.ServerInfo;
import dev.gatun.server.oip.llm.LlmModel;
import dev.gatun.server.oip.model.IdentityModel;
import dev.gatun.server.oip.model.Inferences;
import dev.gatun.server.oip.model.ModelRegistry;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.FakeHttpCall;
import dev.gatun.server.testing.SwitchableStatus;
import dev.gatun.server.testing.TestModels;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The routes over the identity model and a generating model named tiny. */
public final class RestFixture {
  private static final ObjectMapper JSON = new ObjectMapper();

  public final FakeEngine engine = new FakeEngine(TestModels.EOS);
  public final SwitchableStatus status = new SwitchableStatus();
  private final Router router;

  public RestFixture() {
    ModelRegistry registry = new ModelRegistry();
    registry.register(new IdentityModel());
    registry.register(new LlmModel("tiny", TestModels.tiny(engine)));
    Router.Builder builder = Router.builder();
    new OipRoutes(new Inferences(registry), status, new ServerInfo("0.0-test")).addTo(builder);
    router = builder.build();
  }

  public FakeHttpCall handle(FakeHttpCall call) throws InterruptedException {
    router.handle(call);
    return call;
  }

  public FakeHttpCall get(String path) throws InterruptedException {
    return handle(FakeHttpCall.get(path));
  }

  /** Posts JSON in which ' stands for ". */
  public FakeHttpCall post(String path, String json) throws InterruptedException {
    return handle(FakeHttpCall.post(path, json));
  }

  /** Posts JSON in which ' stands for " followed by blocks. */
  public FakeHttpCall postBinary(String path, String json, byte[]... blocks)
      throws InterruptedException {
    byte[] head = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes(head);
    for (byte[] block : blocks) {
      body.writeBytes(block);
    }
    return handle(
        new FakeHttpCall("POST", path, body.toByteArray())
            .with(InferBody.LENGTH_HEADER, Integer.toString(head.length)));
  }

  public static JsonNode json(FakeHttpCall call) {
    return json(call.text());
  }

  public static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + text, e);
    }
  }
}
