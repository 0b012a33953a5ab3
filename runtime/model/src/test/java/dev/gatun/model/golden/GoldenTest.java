package dev.gatun.model.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The decoder on the reference backend against transformers: logits, logprobs, greedy ids. */
final class GoldenTest {
  private static final int BLOCK_SIZE = 16;
  private static final int MAX_TOKENS = 512;
  private static final long SEED = 7;

  static List<String> models() {
    return Stream.of(TestModels.names(), TestModels.quantizedNames())
        .flatMap(List::stream)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("models")
  void computesWhatTransformersComputes(String model) {
    assertGoldens(TestModels.path(model));
  }

  @Test
  void computesWhatTransformersComputesOnTrainedWeights() {
    Optional<Path> stories = TestModels.shared("stories260k");
    if (stories.isEmpty()) {
      System.out.println(
          "GoldenTest: stories260k skipped, no shared/models/stories260k beside the repository"
              + " and GATUN_SHARED does not name a directory with it");
    }
    assumeTrue(stories.isPresent(), "shared/models/stories260k is absent");

    assertGoldens(stories.get());
  }

  private static void assertGoldens(Path directory) {
    Goldens goldens = Goldens.read(directory);
    assertThat(goldens.prompts()).isNotEmpty();
    try (ModelDirectory model = ModelDirectory.open(directory);
        Backend backend = new ReferenceBackend(BackendOptions.defaults())) {
      DecoderDriver driver = new DecoderDriver(model, backend, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
      for (GoldenPrompt prompt : goldens.prompts()) {
        DecoderDriver.Sequence sequence = driver.sequence(prompt.ids());
        List<float[]> logits = driver.prefill(sequence);
        assertPromptLogits(prompt, logits);
        assertPromptLogprobs(prompt, logits);
        assertGreedy(prompt, driver, sequence, logits.getLast());
        driver.free(sequence);
      }
    }
  }

  private static void assertPromptLogits(GoldenPrompt prompt, List<float[]> logits) {
    for (GoldenPrompt.Top top : prompt.top()) {
      float[] row = logits.get(top.position());
      for (int i = 0; i < top.ids().length; i++) {
        assertThat((double) row[top.ids()[i]])
            .as("%s: logit of %d at %d", prompt, top.ids()[i], top.position())
            .isCloseTo(top.logits()[i], within(prompt.logitTolerance()));
      }
    }
    float[] last = logits.getLast();
    assertThat(last).hasSameSizeAs(prompt.fullLogits());
    for (int id = 0; id < last.length; id++) {
      assertThat((double) last[id])
          .as("%s: last logit of %d", prompt, id)
          .isCloseTo(prompt.fullLogits()[id], within(prompt.logitTolerance()));
    }
  }

  private static void assertPromptLogprobs(GoldenPrompt prompt, List<float[]> logits) {
    double[] expected = prompt.promptLogprobs();
    assertThat(expected).hasSize(prompt.ids().length);
    for (int i = 1; i < expected.length; i++) {
      assertThat(DecoderDriver.logprob(logits.get(i - 1), prompt.ids()[i]))
          .as("%s: logprob at %d", prompt, i)
          .isCloseTo(expected[i], within(GoldenPrompt.logprobTolerance()));
    }
  }

  private static void assertGreedy(
      GoldenPrompt prompt,
      DecoderDriver driver,
      DecoderDriver.Sequence sequence,
      float[] lastPromptLogits) {
    GoldenPrompt.Greedy greedy = prompt.greedy();
    float[] logits = lastPromptLogits;
    for (int step = 0; step < greedy.compareUntil(); step++) {
      int token = DecoderDriver.argmax(logits);
      assertThat(token).as("%s: token of step %d", prompt, step).isEqualTo(greedy.ids()[step]);
      assertThat(DecoderDriver.logprob(logits, token))
          .as("%s: logprob of step %d", prompt, step)
          .isCloseTo(greedy.logprobs()[step], within(GoldenPrompt.logprobTolerance()));
      sequence.append(token);
      logits = driver.prefill(sequence).getLast();
    }
  }

  @Test
  void hiddenStatesAreThoseOfTransformers() {
    Path directory = TestModels.path("tiny-qwen3");
    Goldens goldens = Goldens.read(directory);
    assertThat(goldens.embeddings()).isNotEmpty();
    try (ModelDirectory model = ModelDirectory.open(directory);
        Backend backend = new ReferenceBackend(BackendOptions.defaults())) {
      DecoderDriver driver = new DecoderDriver(model, backend, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
      for (GoldenEmbedding embedding : goldens.embeddings()) {
        DecoderDriver.Sequence sequence = driver.sequence(embedding.ids());
        driver.prefill(sequence);
        float[] hidden = driver.lastHiddenState();

        assertThat(hidden).hasSameSizeAs(embedding.raw());
        for (int i = 0; i < hidden.length; i++) {
          assertThat(hidden[i]).isCloseTo(embedding.raw()[i], within(1e-3f));
        }
        assertThat(cosine(hidden, embedding.normalized())).isGreaterThanOrEqualTo(0.9999);
        driver.free(sequence);
      }
    }
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }
}
