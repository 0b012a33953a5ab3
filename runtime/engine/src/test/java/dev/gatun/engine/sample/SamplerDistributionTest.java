package dev.gatun.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.model.golden.GoldenPrompt;
import dev.gatun.model.golden.Goldens;
import dev.gatun.model.golden.TestModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Frequencies of drawn tokens against the golden probabilities, by Pearson's chi-square test. */
final class SamplerDistributionTest {
  private static final int NUM_DRAWS = 4_000;

  /** First seed; each draw takes the next, as requests do. */
  private static final long SEED = 20_261;

  /** Rarer tokens are counted together, or the statistic is not distributed as chi-square. */
  private static final double MIN_EXPECTED = 5;

  /** Standard normal quantile of 1 - 1e-6; some 70 comparisons are made. */
  private static final double QUANTILE = 4.75;

  static List<String> models() {
    return TestModels.names();
  }

  @ParameterizedTest
  @MethodSource("models")
  void drawsAsOftenAsTheGoldensSay(String model) throws IOException {
    System.out.println("SamplerDistributionTest: " + model + " seed " + SEED);
    Path directory = TestModels.path(model);
    Goldens goldens = Goldens.read(directory);
    JsonNode root = new JsonMapper().readTree(directory.resolve("goldens.json").toFile());
    int numCompared = 0;
    for (int i = 0; i < goldens.prompts().size(); i++) {
      for (JsonNode golden : root.get("prompts").get(i).path("sampling")) {
        assertFrequencies(goldens.prompts().get(i), golden);
        numCompared++;
      }
    }

    assertThat(numCompared).isPositive();
  }

  private static void assertFrequencies(GoldenPrompt prompt, JsonNode golden) {
    Map<Integer, Integer> counts = draw(prompt, SamplerGoldenTest.sampling(golden.get("params")));
    String name = prompt + " " + golden.get("params") + " seed " + SEED;
    double statistic = 0;
    int numCells = 0;
    double restExpected = NUM_DRAWS;
    int restCount = NUM_DRAWS;
    for (int k = 0; k < golden.get("ids").size(); k++) {
      double expected = NUM_DRAWS * golden.get("probs").get(k).asDouble();
      int count = counts.getOrDefault(golden.get("ids").get(k).asInt(), 0);
      if (expected >= MIN_EXPECTED) {
        statistic += (count - expected) * (count - expected) / expected;
        numCells++;
        restExpected -= expected;
        restCount -= count;
      }
    }
    if (restExpected >= MIN_EXPECTED) {
      statistic += (restCount - restExpected) * (restCount - restExpected) / restExpected;
      numCells++;
    }
    if (golden.get("kept").asInt() <= golden.get("ids").size()) {
      // One token may stand on the threshold of a filter; see the tolerances of the goldens.
      assertThat(counts).as("%s: tokens drawn", name).hasSizeLessThanOrEqualTo(kept(golden) + 1);
    }

    assertThat(numCells).as("%s: cells", name).isPositive();
    assertThat(statistic).as("%s: chi-square", name).isLessThan(critical(numCells - 1));
  }

  private static int kept(JsonNode golden) {
    return golden.get("kept").asInt();
  }

  private static Map<Integer, Integer> draw(GoldenPrompt prompt, SamplingParams sampling) {
    Sampler sampler = new Sampler(prompt.fullLogits().length, new int[0]);
    int numTokens = prompt.ids().length;
    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < NUM_DRAWS; i++) {
      int token =
          sampler.sample(
              prompt.fullLogits(), sampling, prompt.ids(), numTokens, numTokens, SEED + i);
      counts.merge(token, 1, Integer::sum);
    }
    return counts;
  }

  /** Wilson and Hilferty's approximation of the chi-square quantile. */
  private static double critical(int freedom) {
    if (freedom == 0) {
      return 1e-9;
    }
    double spread = 2.0 / (9 * freedom);
    return freedom * Math.pow(1 - spread + QUANTILE * Math.sqrt(spread), 3);
  }
}
