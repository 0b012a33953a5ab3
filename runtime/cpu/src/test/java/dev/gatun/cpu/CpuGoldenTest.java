package dev.gatun.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.DecoderDriver;
import dev.gatun.model.golden.GoldenPrompt;
import dev.gatun.model.golden.Goldens;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The decoder on the cpu backend against transformers; KV cache in float32 unless said. */
final class CpuGoldenTest {
  private static final int BLOCK_SIZE = 16;
  private static final int MAX_TOKENS = 512;
  private static final long SEED = 7;

  @ParameterizedTest
  @EnumSource(CpuIsa.class)
  void computesWhatTransformersComputes(CpuIsa isa) {
    Libraries.assumeRuns(isa);
    for (String name : TestModels.names()) {
      assertGoldens(isa, TestModels.path(name));
    }
    // Trained weights, where the shared test data lies beside the repository.
    TestModels.shared("stories260k").ifPresent(path -> assertGoldens(isa, path));
  }

  /**
   * Integer weights meet inputs that are rounded to 8 bits, so logits are near those of float
   * arithmetic and no more: the goldens allow 5 % of the largest logit. Transformers with inputs
   * rounded per token is up to 3.9 % off (tiny-llama3-ct-w8a8), this up to 4.7 %.
   */
  @ParameterizedTest
  @EnumSource(CpuIsa.class)
  void quantizedModelsStayNearFloatArithmetic(CpuIsa isa) {
    Libraries.assumeRuns(isa);
    for (String name : TestModels.quantizedNames()) {
      assertNear(isa, DType.F32, name);
    }
  }

  /** With dot products of BF16 where there are some; the goldens allow what they allow INT8. */
  @ParameterizedTest
  @EnumSource(CpuIsa.class)
  void bf16ModelsStayNearFloatArithmetic(CpuIsa isa) {
    Libraries.assumeRuns(isa);
    assertNear(isa, DType.BF16, "tiny-qwen2");
    assertNear(isa, DType.BF16, "tiny-qwen2-sharded");
  }

  private static void assertNear(CpuIsa isa, DType linearInputs, String name) {
    Path directory = TestModels.path(name);
    try (ModelDirectory model = ModelDirectory.open(directory);
        Backend backend = Libraries.open(isa, new BackendOptions(2, linearInputs))) {
      DecoderDriver driver = new DecoderDriver(model, backend, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
      for (GoldenPrompt prompt : Goldens.read(directory).prompts()) {
        DecoderDriver.Sequence sequence = driver.sequence(prompt.ids());
        float[] last = driver.prefill(sequence).getLast();
        driver.free(sequence);
        assertNear(name + " " + prompt, prompt, last);
      }
    }
  }

  /** BF16 and I8 keep 8 bits: the bound is that of rounded weights. */
  @ParameterizedTest
  @EnumSource(CpuIsa.class)
  void roundedCachesStayNearTheExactOne(CpuIsa isa) {
    Libraries.assumeRuns(isa);
    Path directory = TestModels.path("tiny-qwen3");
    for (DType cacheType : List.of(DType.F16, DType.BF16, DType.I8)) {
      try (ModelDirectory model = ModelDirectory.open(directory);
          Backend backend = Libraries.open(isa, 2)) {
        DecoderDriver driver =
            new DecoderDriver(model, backend, cacheType, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
        for (GoldenPrompt prompt : Goldens.read(directory).prompts()) {
          DecoderDriver.Sequence sequence = driver.sequence(prompt.ids());
          float[] last = driver.prefill(sequence).getLast();
          driver.free(sequence);
          assertNear(cacheType + " " + prompt, prompt, last);
        }
      }
    }
  }

  private static void assertNear(String label, GoldenPrompt prompt, float[] last) {
    double bound = 0.05 * Math.max(1, prompt.logitAbsMax());
    double worst = 0;
    for (int id = 0; id < last.length; id++) {
      worst = Math.max(worst, Math.abs(last[id] - prompt.fullLogits()[id]));
    }
    assertThat(worst).as("%s: worst logit", label).isLessThanOrEqualTo(bound);
    int best = DecoderDriver.argmax(prompt.fullLogits());
    long larger = IntStream.range(0, last.length).filter(id -> last[id] > last[best]).count();
    assertThat(larger).as("%s: tokens above the best", label).isLessThan(3);
  }

  private static void assertGoldens(CpuIsa isa, Path directory) {
    Goldens goldens = Goldens.read(directory);
    assertThat(goldens.prompts()).isNotEmpty();
    try (ModelDirectory model = ModelDirectory.open(directory);
        Backend backend = Libraries.open(isa, 2)) {
      DecoderDriver driver = new DecoderDriver(model, backend, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
      for (GoldenPrompt prompt : goldens.prompts()) {
        DecoderDriver.Sequence sequence = driver.sequence(prompt.ids());
        List<float[]> logits = driver.prefill(sequence);
        assertLastLogits(prompt, logits.getLast());
        assertLogprobs(prompt, logits);
        assertGreedy(prompt, driver, sequence, logits.getLast());
        driver.free(sequence);
      }
    }
  }

  private static void assertLastLogits(GoldenPrompt prompt, float[] last) {
    assertThat(last).hasSameSizeAs(prompt.fullLogits());
    for (int id = 0; id < last.length; id++) {
      assertThat((double) last[id])
          .as("%s: last logit of %d", prompt, id)
          .isCloseTo(prompt.fullLogits()[id], within(prompt.logitTolerance()));
    }
  }

  private static void assertLogprobs(GoldenPrompt prompt, List<float[]> logits) {
    double[] expected = prompt.promptLogprobs();
    for (int i = 1; i < expected.length; i++) {
      assertThat(DecoderDriver.logprob(logits.get(i - 1), prompt.ids()[i]))
          .as("%s: logprob at %d", prompt, i)
          .isCloseTo(expected[i], within(GoldenPrompt.logprobTolerance()));
    }
  }

  private static void assertGreedy(
      GoldenPrompt prompt, DecoderDriver driver, DecoderDriver.Sequence sequence, float[] first) {
    GoldenPrompt.Greedy greedy = prompt.greedy();
    float[] logits = first;
    for (int step = 0; step < greedy.compareUntil(); step++) {
      int token = DecoderDriver.argmax(logits);
      assertThat(token).as("%s: token of step %d", prompt, step).isEqualTo(greedy.ids()[step]);
      sequence.append(token);
      logits = driver.prefill(sequence).getLast();
    }
  }
}
