package dev.gatun.model.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Logits are the same bit for bit however a sequence is cut into steps, whatever else is in the
 * batch and wherever its blocks lie. This is what makes greedy text independent of load.
 */
final class BatchInvarianceTest {
  private static final int NUM_OUTPUT_TOKENS = 8;
  private static final int MAX_TOKENS = 1024;

  private final Backend backend = new ReferenceBackend(BackendOptions.defaults());

  static List<String> models() {
    return TestModels.names();
  }

  @AfterEach
  void close() {
    backend.close();
  }

  /** A prompt, then greedy tokens; logits of every token but the last. */
  private record Run(GoldenPrompt prompt, DecoderDriver.Sequence sequence, List<float[]> logits) {
    Run(GoldenPrompt prompt, DecoderDriver driver) {
      this(prompt, driver.sequence(prompt.ids()), new ArrayList<>());
    }

    boolean isFinished() {
      return logits.size() == prompt.ids().length + NUM_OUTPUT_TOKENS;
    }

    /** Takes the logits of some scheduled tokens and picks the next token behind the last. */
    void accept(List<float[]> rows) {
      logits.addAll(rows);
      if (sequence.numUncomputed() == 0) {
        sequence.append(DecoderDriver.argmax(logits.getLast()));
      }
    }
  }

  private static List<Run> alone(ModelDirectory model, Goldens goldens, Backend backend) {
    DecoderDriver driver = new DecoderDriver(model, backend, 16, MAX_TOKENS, 1, 1);
    List<Run> runs = new ArrayList<>();
    for (GoldenPrompt prompt : goldens.prompts()) {
      Run run = new Run(prompt, driver);
      while (!run.isFinished()) {
        run.accept(driver.prefill(run.sequence()));
      }
      driver.free(run.sequence());
      runs.add(run);
    }
    return runs;
  }

  private static void assertSame(Run actual, Run expected, String how) {
    assertThat(actual.logits()).hasSameSizeAs(expected.logits());
    for (int i = 0; i < actual.logits().size(); i++) {
      assertThat(actual.logits().get(i))
          .as("%s of %s at %d", how, actual.prompt(), i)
          .containsExactly(expected.logits().get(i));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void logitsDoNotDependOnChunksOrBlocks(String name) {
    Goldens goldens = Goldens.read(TestModels.path(name));
    try (ModelDirectory model = ModelDirectory.open(TestModels.path(name))) {
      List<Run> expected = alone(model, goldens, backend);
      for (int[] sizes : new int[][] {{1, 16}, {5, 7}, {64, 33}}) {
        int chunkSize = sizes[0];
        int blockSize = sizes[1];
        DecoderDriver driver =
            new DecoderDriver(model, backend, blockSize, MAX_TOKENS, 1, chunkSize);
        for (Run alone : expected) {
          Run run = new Run(alone.prompt(), driver);
          while (!run.isFinished()) {
            int numTokens = Math.min(chunkSize, run.sequence().numUncomputed());
            run.accept(driver.step(List.of(new DecoderDriver.Chunk(run.sequence(), numTokens))));
          }
          driver.free(run.sequence());
          assertSame(run, alone, "chunks of " + chunkSize + ", blocks of " + blockSize);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void logitsDoNotDependOnTheRestOfTheBatch(String name) {
    Goldens goldens = Goldens.read(TestModels.path(name));
    try (ModelDirectory model = ModelDirectory.open(TestModels.path(name))) {
      List<Run> expected = alone(model, goldens, backend);
      for (int blockSize : new int[] {16, 5}) {
        long seed = 31L * blockSize + name.hashCode();
        System.out.println("BatchInvarianceTest: " + name + " seed " + seed);
        List<Run> mixed = mixed(model, goldens, blockSize, seed);
        for (int i = 0; i < mixed.size(); i++) {
          assertSame(mixed.get(i), expected.get(i), "mixed batch with seed " + seed);
        }
      }
    }
  }

  /** All prompts at once: each step takes some tokens of some sequences, in any order. */
  private List<Run> mixed(ModelDirectory model, Goldens goldens, int blockSize, long seed) {
    int numSequences = goldens.prompts().size();
    DecoderDriver driver =
        new DecoderDriver(model, backend, blockSize, MAX_TOKENS, numSequences, seed);
    Random random = new Random(seed);
    List<Run> runs = goldens.prompts().stream().map(prompt -> new Run(prompt, driver)).toList();
    List<Run> order = new ArrayList<>(runs);
    while (runs.stream().anyMatch(run -> !run.isFinished())) {
      Collections.shuffle(order, random);
      List<Run> scheduled = new ArrayList<>();
      List<DecoderDriver.Chunk> chunks = new ArrayList<>();
      for (Run run : order) {
        if (!run.isFinished() && random.nextInt(4) > 0) {
          int numTokens = 1 + random.nextInt(Math.min(40, run.sequence().numUncomputed()));
          scheduled.add(run);
          chunks.add(new DecoderDriver.Chunk(run.sequence(), numTokens));
        }
      }
      if (!chunks.isEmpty()) {
        distribute(driver.step(chunks), scheduled, chunks);
      }
    }
    return runs;
  }

  private static void distribute(
      List<float[]> rows, List<Run> scheduled, List<DecoderDriver.Chunk> chunks) {
    int from = 0;
    for (int i = 0; i < chunks.size(); i++) {
      int to = from + chunks.get(i).numTokens();
      scheduled.get(i).accept(rows.subList(from, to));
      from = to;
    }
  }
}
