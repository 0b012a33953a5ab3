package dev.gatun.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.DecoderDriver;
import dev.gatun.model.golden.GoldenChecks;
import dev.gatun.model.golden.GoldenPrompt;
import dev.gatun.model.golden.Goldens;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import java.nio.file.Path;
import java.util.List;
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
        Backend backend = Libraries.open(isa, new BackendOptions(2).withDtype(linearInputs))) {
      DecoderDriver driver = new DecoderDriver(model, backend, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
      for (GoldenPrompt prompt : Goldens.read(directory).prompts()) {
        DecoderDriver.Sequence sequence = driver.sequence(prompt.ids());
        float[] last = driver.prefill(sequence).getLast();
        driver.free(sequence);
        GoldenChecks.near(name + " " + prompt, prompt, last);
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
          GoldenChecks.near(cacheType + " " + prompt, prompt, last);
        }
      }
    }
  }

  private static void assertGoldens(CpuIsa isa, Path directory) {
    Goldens goldens = Goldens.read(directory);
    assertThat(goldens.prompts()).isNotEmpty();
    try (ModelDirectory model = ModelDirectory.open(directory);
        Backend backend = Libraries.open(isa, 2)) {
      DecoderDriver driver = new DecoderDriver(model, backend, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
      for (GoldenPrompt prompt : goldens.prompts()) {
        GoldenChecks.exact(driver, prompt, Integer.MAX_VALUE);
      }
    }
  }
}
