package dev.gatun.it.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
 * Face transformers computed. Log-probabilities of the prompts likewise.
 */
class GoldenTextIT {
  /** Of the goldens, for float32. */
  private static final double LOGPROB_TOLERANCE = 2e-3;

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
        checkPromptLogprobs(clients, prompt);
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

  private static void checkPromptLogprobs(Clients clients, JsonNode prompt)
      throws InterruptedException {
    JsonNode ids = prompt.path("ids");
    JsonNode golden = prompt.path("prompt_logprobs");

    JsonNode echoed = clients.echoedLogprobs(ids);
    JsonNode scored = clients.promptLogprobs(ids);

    assertThat(echoed).hasSize(ids.size());
    assertThat(scored).hasSize(ids.size());
    assertThat(echoed.get(0).isNull()).isTrue();
    assertThat(scored.get(0).isNull()).isTrue();
    for (int i = 1; i < ids.size(); i++) {
      double expected = golden.get(i).asDouble();
      assertThat(echoed.get(i).asDouble())
          .as("%s: prompt logprob %d", prompt.path("id").asText(), i)
          .isCloseTo(expected, within(LOGPROB_TOLERANCE));
      assertThat(scored.get(i).path(ids.get(i).asText()).path("logprob").asDouble())
          .isEqualTo(echoed.get(i).asDouble());
    }
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
