package dev.gatun.server.openai;

import static dev.gatun.server.testing.TestModels.EOS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gatun.server.http.Router;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.FakeHttpCall;
import dev.gatun.server.testing.TestModels;
import dev.gatun.server.text.ServedModel;
import java.time.Instant;
import java.util.List;

/** The API over a fake engine, as a server would route it. */
final class ApiFixture {
  private static final JsonMapper JSON = new JsonMapper();

  final FakeEngine engine = new FakeEngine(EOS);
  private final List<ServedModel> models;
  private final Router router;

  ApiFixture() {
    this(false);
  }

  ApiFixture(boolean reportsCachedTokens) {
    models = List.of(TestModels.tiny(engine));
    Router.Builder routes = Router.builder();
    OpenAiRoutes.addTo(
        routes,
        new ServedModels(() -> models),
        new OpenAiOptions(
            reportsCachedTokens, false, "1.2.3", () -> Instant.ofEpochSecond(1_800_000_000L)));
    router = routes.build();
  }

  FakeHttpCall post(String path, String json) throws InterruptedException {
    return handle(FakeHttpCall.post(path, json));
  }

  FakeHttpCall get(String path) throws InterruptedException {
    return handle(FakeHttpCall.get(path));
  }

  FakeHttpCall handle(FakeHttpCall call) throws InterruptedException {
    router.handle(call);
    return call;
  }

  static JsonNode json(FakeHttpCall call) {
    return json(call.text());
  }

  /** Payloads of a stream, all JSON but the last, which has to be [DONE]. */
  static List<JsonNode> events(FakeHttpCall call) {
    List<String> events = call.events();
    if (!events.getLast().equals("[DONE]") || !call.hasEnded()) {
      throw new AssertionError("the stream did not end with [DONE]: " + call.text());
    }
    return events.subList(0, events.size() - 1).stream().map(ApiFixture::json).toList();
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + text, e);
    }
  }
}
