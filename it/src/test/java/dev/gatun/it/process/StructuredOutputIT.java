package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.gatun.it.Checkout;
import dev.gatun.proto.inference.InferParameter;
import dev.gatun.proto.inference.ModelInferRequest;
import dev.gatun.proto.inference.ModelInferResponse;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Constraints through every protocol of a real process, on the demo model, which knows no JSON. */
class StructuredOutputIT {
  private static final String SCHEMA =
      "{\"type\":\"object\",\"required\":[\"name\",\"age\",\"kind\"],\"properties\":{"
          + "\"name\":{\"type\":\"string\",\"maxLength\":20},"
          + "\"age\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":99},"
          + "\"kind\":{\"enum\":[\"lock\",\"ship\"]}}}";
  private static final String TIME = "[012][0-9]:[0-5][0-9]";
  private static ServerProcess server;
  private static Clients clients;

  @BeforeAll
  static void start() throws InterruptedException {
    server = ServerProcess.serve(Checkout.demoModel(), "--served-model-name", "demo");
    clients = new Clients(server, "demo");
  }

  @AfterAll
  static void stop() throws InterruptedException {
    clients.close();
    server.close();
  }

  private static ObjectNode chat(int seed) {
    ObjectNode body = Clients.JSON.createObjectNode().put("model", "demo").put("seed", seed);
    body.putArray("messages").addObject().put("role", "user").put("content", "Who are you?");
    ObjectNode format = body.putObject("response_format").put("type", "json_schema");
    ObjectNode schema = format.putObject("json_schema").put("name", "thing").put("strict", true);
    schema.set("schema", Clients.parse(SCHEMA));
    return body;
  }

  private static void assertThing(String text) {
    JsonNode thing = Clients.parse(text);
    assertThat(thing.path("name").textValue()).as(text).hasSizeLessThanOrEqualTo(20);
    assertThat(thing.path("age").isInt()).as(text).isTrue();
    assertThat(thing.path("age").intValue()).as(text).isBetween(0, 99);
    assertThat(List.of("lock", "ship")).as(text).contains(thing.path("kind").asText());
    assertThat(thing.size()).as(text).isEqualTo(3);
  }

  private static ObjectNode completion(String prompt, int maxTokens) {
    return clients.completionBody(Clients.JSON.getNodeFactory().textNode(prompt), maxTokens);
  }

  @Test
  void chatAnswersAreDocumentsOfTheSchema() throws InterruptedException {
    for (int seed = 0; seed < 12; seed++) {
      ObjectNode body = chat(seed).put("temperature", seed % 4 * 0.6);
      JsonNode choice = clients.call("/v1/chat/completions", body).at("/choices/0");

      assertThing(choice.at("/message/content").asText());
      assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
      assertThat(choice.path("stop_reason").isNull()).isTrue();
    }
  }

  @Test
  void everySampleOfAStreamIsADocumentOfItsOwn() throws InterruptedException {
    ObjectNode body = chat(3).put("stream", true).put("n", 3).put("temperature", 1);
    HttpResponse<String> response = clients.post("/v1/chat/completions", Clients.json(body));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    List<StringBuilder> texts =
        List.of(new StringBuilder(), new StringBuilder(), new StringBuilder());
    for (String event : Clients.events(response.body())) {
      if (!event.equals("[DONE]")) {
        JsonNode choice = Clients.parse(event).at("/choices/0");
        texts.get(choice.path("index").asInt()).append(choice.at("/delta/content").asText());
      }
    }
    assertThat(texts).allSatisfy(text -> assertThing(text.toString()));
  }

  @Test
  void completionsTakeEveryKindOfConstraint() throws InterruptedException {
    ObjectNode body = completion("It is", 40);
    body.putObject("structured_outputs").put("regex", TIME);
    assertThat(text(body)).matches(TIME);

    body.remove("structured_outputs");
    body.put("guided_regex", TIME).put("skip_special_tokens", false);
    assertThat(text(body)).as("retired name").matches(TIME);

    body.remove("guided_regex");
    body.putObject("structured_outputs").putArray("choice").add("Panama").add("Paris");
    assertThat(text(body)).isIn("Panama", "Paris");

    body.putObject("structured_outputs").put("grammar", "root ::= \"(\" (root | [0-9]) \")\"");
    assertThat(text(body)).matches("\\(+[0-9]\\)+|\\(+");
  }

  private static String text(ObjectNode body) throws InterruptedException {
    return clients.call("/v1/completions", body).at("/choices/0/text").asText();
  }

  @Test
  void theOpenInferenceProtocolTakesThemAsParameters() throws InterruptedException {
    ObjectNode body = Clients.JSON.createObjectNode().put("text_input", "It is");
    body.putObject("parameters")
        .put("exclude_input_in_output", true)
        .put("max_tokens", 40)
        .put("guided_regex", TIME);
    assertThat(clients.call("/v2/models/demo/generate", body).path("text_output").asText())
        .matches(TIME);

    ModelInferResponse answer = clients.grpc().modelInfer(constrained("guided_json", SCHEMA));
    assertThing(Clients.text(answer));
  }

  private static ModelInferRequest constrained(String name, String value) {
    return clients.inferRequest("Who?", 120, false).toBuilder()
        .putParameters(name, InferParameter.newBuilder().setStringParam(value).build())
        .build();
  }

  @Test
  void whatCannotBeEnforcedIsACodedError() throws InterruptedException {
    ObjectNode body = completion("It is", 4);
    body.putObject("guided_json").putObject("properties").putObject("a").putObject("not");

    HttpResponse<String> response = clients.post("/v1/completions", Clients.json(body));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(Clients.parse(response.body()).at("/error/message").asText())
        .contains("guided_json", "#/properties/a", "'not'");
    assertThatThrownBy(() -> clients.grpc().modelInfer(constrained("guided_regex", "(a")))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessageContainingAll("INVALID_ARGUMENT", "guided_regex");
  }

  @Test
  void aConstraintThatGrowsTooCostlyFailsItsRequestAlone() throws InterruptedException {
    ObjectNode body = completion("It is", 40);
    body.put("guided_regex", "a(a?b?c?){7000}");

    HttpResponse<String> response = clients.post("/v1/completions", Clients.json(body));

    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(response.body()).contains("guided_regex", "alternatives open at once");
    assertThat(clients.completionText("Once", 4)).isNotEmpty();
  }

  @Test
  void theCommandLineTakesThemToo() throws InterruptedException {
    try (ServerProcess generate =
        ServerProcess.launch(
            "generate", Checkout.demoModel().toString(), "It is", "--regex", TIME)) {
      assertThat(generate.awaitExit()).isZero();
      assertThat(generate.output().lines().filter(line -> line.matches(TIME))).hasSize(1);
    }
  }
}
