package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.it.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Greedy text of every golden prompt through every protocol: the same from each, and what Hugging
 * Face transformers computed.
 */
class GoldenTextIT {

  @ParameterizedTest
  @ValueSource(
      strings = {"tiny-llama3", "tiny-mistral", "tiny-qwen2", "tiny-qwen2-sharded", "tiny-qwen3"})
  void tinyModelsAnswerAsTransformersDoes(String name) throws Exception {
    checkAll(Checkout.tinyModel(name));
  }

  @ParameterizedTest
  @ValueSource(strings = "stories260k")
  void realWeightsAnswerAsTransformersDoes(String name) throws Exception {
    checkAll(Checkout.sharedModel(name));
  }

  @Test
  void theDemoModelAnswersAsTransformersDoes() throws Exception {
    checkAll(Checkout.demoModel());
  }

  private static void checkAll(Path model) throws IOException, InterruptedException {
    JsonNode goldens = Clients.parse(Files.readString(model.resolve("goldens.json")));
    String name = model.getFileName().toString();
    int texts = 0;
    try (ServerProcess server = ServerProcess.serve(model);
        Clients clients = new Clients(server, name)) {
      for (JsonNode prompt : goldens.path("prompts")) {
        checkIds(clients, prompt);
        if (prompt.has("text")) {
          checkTexts(clients, prompt);
          texts++;
        }
      }
    }
    assertThat(texts).isPositive();
  }

  private static void checkIds(Clients clients, JsonNode prompt) throws InterruptedException {
    JsonNode greedy = prompt.path("greedy");
    int numTokens = greedy.path("ids").size();
    List<Integer> expected = new ArrayList<>();
    greedy.path("ids").forEach(id -> expected.add(id.asInt()));
    int until = greedy.path("compare_until").asInt();

    List<Integer> ids = clients.completionIds(prompt.path("ids"), numTokens);

    assertThat(ids).hasSize(numTokens);
    assertThat(ids.subList(0, until))
        .as(prompt.path("id").asText())
        .isEqualTo(expected.subList(0, until));
  }

  private static void checkTexts(Clients clients, JsonNode prompt) throws InterruptedException {
    JsonNode greedy = prompt.path("greedy");
    String text = prompt.path("text").asText();
    int numTokens = greedy.path("ids").size();

    String completion = clients.completionText(text, numTokens);

    assertThat(clients.streamedCompletionText(text, numTokens)).isEqualTo(completion);
    assertThat(clients.generatedText(text, numTokens)).isEqualTo(completion);
    assertThat(clients.unaryText(text, numTokens)).isEqualTo(completion);
    assertThat(clients.streamText(text, numTokens)).isEqualTo(completion);
    if (greedy.path("compare_until").asInt() == numTokens) {
      // The golden text is decoded without the prompt and so lacks a leading space.
      assertThat(completion.stripLeading()).isEqualTo(greedy.path("text").asText().stripLeading());
    }
  }
}
