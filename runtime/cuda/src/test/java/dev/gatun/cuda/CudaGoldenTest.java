package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.DecoderDriver;
import dev.gatun.model.golden.GoldenChecks;
import dev.gatun.model.golden.GoldenPrompt;
import dev.gatun.model.golden.Goldens;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The decoder on a CUDA device against transformers. On the emulation the shorter prompts alone and
 * few greedy tokens: it takes milliseconds for what a device does in microseconds.
 */
final class CudaGoldenTest {
  private static final int BLOCK_SIZE = 16;
  private static final int MAX_TOKENS = 512;
  private static final long SEED = 7;
  private static final int EMULATED_PROMPT_TOKENS = 64;
  private static final int EMULATED_STEPS = 8;

  @BeforeEach
  void needsADevice() {
    TestDevice.assumePresent();
  }

  static List<String> models() {
    return TestModels.names();
  }

  static List<String> quantizedModels() {
    return TestModels.quantizedNames();
  }

  static List<String> allModels() {
    return Stream.concat(models().stream(), quantizedModels().stream()).toList();
  }

  static List<String> fp8Models() {
    return quantizedModels().stream().filter(name -> name.contains("fp8")).toList();
  }

  private static List<GoldenPrompt> prompts(Path directory) {
    List<GoldenPrompt> prompts =
        Goldens.read(directory).prompts().stream()
            .filter(
                prompt -> !TestDevice.isEmulated() || prompt.ids().length <= EMULATED_PROMPT_TOKENS)
            .toList();
    assertThat(prompts).isNotEmpty();
    return prompts;
  }

  private static int maxSteps() {
    return TestDevice.isEmulated() ? EMULATED_STEPS : Integer.MAX_VALUE;
  }

  @ParameterizedTest
  @MethodSource("models")
  void inFloat32ItComputesWhatTransformersComputes(String name) {
    Path directory = TestModels.path(name);
    try (ModelDirectory model = ModelDirectory.open(directory);
        CudaBackend backend = TestDevice.open(DType.F32)) {
      DecoderDriver driver = new DecoderDriver(model, backend, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
      for (GoldenPrompt prompt : prompts(directory)) {
        GoldenChecks.exact(driver, prompt, maxSteps());
      }
      assertThat(backend.graphs().numReplays()).as("repeated graphs").isPositive();
    }
  }

  /** Integer weights and activations in float32: exact arithmetic over rounded weights. */
  @ParameterizedTest
  @MethodSource("quantizedModels")
  void quantizedModelsStayNearFloatArithmetic(String name) {
    assertNear(name, DType.F32);
  }

  /**
   * Activations keep 8 bits, so the bound is that of rounded weights. FP8 without units for it:
   * inputs that are rounded are beyond the bound.
   */
  @ParameterizedTest
  @MethodSource("allModels")
  void inBf16ItStaysNearFloatArithmetic(String name) {
    try (CudaBackend backend = TestDevice.openWithoutFp8Units(DType.BF16)) {
      assertNear(name, backend);
    }
  }

  /**
   * Inputs of 4 bits: transformers, which rounds them likewise, is up to 13 % of the largest logit
   * off float arithmetic on these models (act_quant_last of their goldens), and which elements are
   * rounded up differs with the last bits of BF16. That inputs are rounded by their definition is
   * RoundedInputsTest's affair; this is that no more is lost.
   */
  @ParameterizedTest
  @MethodSource("fp8Models")
  void inputsInEightBitFloatsLoseWhatTheyLoseInTransformers(String name) {
    Path directory = TestModels.path(name);
    try (ModelDirectory model = ModelDirectory.open(directory);
        CudaBackend backend = TestDevice.open(DType.BF16)) {
      assumeTrue(backend.inputRoundings().contains(InputRounding.FP8), "made for less than 8.9");
      for (GoldenPrompt prompt : shortest(prompts(directory))) {
        float[] last = lastLogits(model, backend, DType.BF16, prompt);
        double worst = 0;
        for (int id = 0; id < last.length; id++) {
          worst = Math.max(worst, Math.abs(last[id] - prompt.fullLogits()[id]));
        }
        assertThat(worst).as("%s", prompt).isBetween(0.0, 0.2 * prompt.logitAbsMax());
      }
    }
  }

  private static void assertNear(String name, DType activations) {
    try (CudaBackend backend = TestDevice.open(activations)) {
      assertNear(name, backend);
    }
  }

  private static void assertNear(String name, CudaBackend backend) {
    Path directory = TestModels.path(name);
    try (ModelDirectory model = ModelDirectory.open(directory)) {
      DecoderDriver driver = new DecoderDriver(model, backend, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
      for (GoldenPrompt prompt : shortest(prompts(directory))) {
        DecoderDriver.Sequence sequence = driver.sequence(prompt.ids());
        float[] last = driver.prefill(sequence).getLast();
        driver.free(sequence);
        GoldenChecks.near(name + " " + prompt, prompt, last);
      }
    }
  }

  /**
   * Keys and values of 4 bits of mantissa are far from float arithmetic (5 % of the largest logit),
   * but so is the reference, which rounds alike. Where a sum differs in its last place an element
   * may be rounded to its other neighbour, which moves a logit by much less than the bound.
   */
  @Test
  void cachesOfEightBitFloatsAreRoundedAsTheReferenceDoes() {
    Path directory = TestModels.path("tiny-qwen3");
    try (ModelDirectory model = ModelDirectory.open(directory);
        CudaBackend backend = TestDevice.open(DType.F32);
        Backend reference = new ReferenceBackend(BackendOptions.defaults())) {
      for (GoldenPrompt prompt : shortest(prompts(directory))) {
        float[] expected = lastLogits(model, reference, DType.F8_E4M3, prompt);
        float[] actual = lastLogits(model, backend, DType.F8_E4M3, prompt);
        double bound = 0.005 * prompt.logitAbsMax();
        for (int id = 0; id < expected.length; id++) {
          assertThat((double) actual[id])
              .as("%s: logit of %d", prompt, id)
              .isCloseTo(expected[id], within(bound));
        }
      }
    }
  }

  private static float[] lastLogits(
      ModelDirectory model, Backend backend, DType cache, GoldenPrompt prompt) {
    DecoderDriver driver =
        new DecoderDriver(model, backend, cache, BLOCK_SIZE, MAX_TOKENS, 1, SEED);
    return driver.prefill(driver.sequence(prompt.ids())).getLast();
  }

  /** Two on the emulation, all on a device. */
  private static List<GoldenPrompt> shortest(List<GoldenPrompt> prompts) {
    GoldenPrompt[] sorted = prompts.toArray(GoldenPrompt[]::new);
    Arrays.sort(sorted, (a, b) -> a.ids().length - b.ids().length);
    return List.of(sorted)
        .subList(0, TestDevice.isEmulated() ? Math.min(2, sorted.length) : sorted.length);
  }
}
