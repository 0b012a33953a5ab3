package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.model.golden.GoldenPrompt;
import dev.gatun.model.golden.Goldens;
import dev.gatun.model.golden.TestModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Next-token distributions against those of Hugging Face transformers. */
final class SamplerGoldenTest {
  private static final double TOLERANCE = 1e-4;

  static List<String> models() {
    return TestModels.names();
  }

  @ParameterizedTest
  @MethodSource("models")
  void drawsFromTheGoldenDistribution(String model) throws IOException {
    Path directory = TestModels.path(model);
    Goldens goldens = Goldens.read(directory);
    JsonNode root = new JsonMapper().readTree(directory.resolve("goldens.json").toFile());
    int numCompared = 0;
    for (int i = 0; i < goldens.prompts().size(); i++) {
      for (JsonNode golden : root.get("prompts").get(i).path("sampling")) {
        assertDistribution(goldens.prompts().get(i), golden);
        numCompared++;
      }
    }

    assertThat(numCompared).isPositive();
  }

  private static void assertDistribution(GoldenPrompt prompt, JsonNode golden) {
    SamplingParams sampling = sampling(golden.get("params"));
    int vocabSize = prompt.fullLogits().length;
    Sampler sampler = new Sampler(vocabSize, new int[0]);
    int numTokens = prompt.ids().length;

    sampler.sample(prompt.fullLogits(), sampling, prompt.ids(), numTokens, numTokens, 1);

    double total = 0;
    int kept = 0;
    for (float weight : sampler.weights()) {
      total += weight;
      kept += weight > 0 ? 1 : 0;
    }
    String name = prompt + " " + golden.get("params");
    assertThat(kept).as(name).isCloseTo(golden.get("kept").asInt(), within(1));
    for (int k = 0; k < golden.get("ids").size(); k++) {
      int id = golden.get("ids").get(k).asInt();
      assertThat(sampler.weights()[id] / total)
          .as("%s: probability of %d", name, id)
          .isCloseTo(golden.get("probs").get(k).asDouble(), within(TOLERANCE));
    }
  }

  static SamplingParams sampling(JsonNode params) {
    return SamplingParams.builder()
        .temperature((float) params.path("temperature").asDouble(1))
        .topK(params.path("top_k").asInt(0))
        .topP((float) params.path("top_p").asDouble(1))
        .minP((float) params.path("min_p").asDouble(0))
        .repetitionPenalty((float) params.path("repetition_penalty").asDouble(1))
        .build();
  }
}
