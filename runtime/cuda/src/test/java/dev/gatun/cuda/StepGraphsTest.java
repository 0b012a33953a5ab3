package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.DecoderDriver;
import dev.gatun.model.golden.DecoderDriver.Chunk;
import dev.gatun.model.golden.DecoderDriver.Sequence;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Logits have the same bits with graphs and without, alone and in a crowd, in one chunk and in
 * several: what makes greedy text independent of load on a device.
 */
final class StepGraphsTest {
  private static final int BLOCK_SIZE = 16;
  private static final int MAX_TOKENS = 256;
  private static final int NUM_SEQUENCES = 3;
  private static final int NUM_STEPS = 5;

  private final long seed = Long.getLong("gatun.test.seed", 1);

  @BeforeEach
  void needsADevice() {
    TestDevice.assumePresent();
  }

  private static CudaBackend open(boolean isEager) {
    return TestDevice.open(BackendOptions.defaults().withDtype(DType.BF16).withEager(isEager));
  }

  private List<int[]> prompts() {
    System.out.println("StepGraphsTest: gatun.test.seed=" + seed);
    Random random = new Random(seed);
    List<int[]> prompts = new ArrayList<>();
    for (int i = 0; i < NUM_SEQUENCES; i++) {
      prompts.add(random.ints(3 + 5L * i, 0, 200).toArray());
    }
    return prompts;
  }

  private static DecoderDriver driver(ModelDirectory model, CudaBackend backend) {
    return new DecoderDriver(model, backend, BLOCK_SIZE, MAX_TOKENS, NUM_SEQUENCES, 3);
  }

  /** Last logits of every greedy step of each prompt, all prompts decoded together. */
  private List<List<float[]>> together(ModelDirectory model, CudaBackend backend) {
    DecoderDriver driver = driver(model, backend);
    List<List<float[]>> logits = new ArrayList<>();
    List<Sequence> sequences = new ArrayList<>();
    for (int[] prompt : prompts()) {
      Sequence sequence = driver.sequence(prompt);
      logits.add(new ArrayList<>(List.of(driver.prefill(sequence).getLast())));
      sequences.add(sequence);
    }
    for (int step = 0; step < NUM_STEPS; step++) {
      List<Chunk> decodes = new ArrayList<>();
      for (int i = 0; i < sequences.size(); i++) {
        sequences.get(i).append(DecoderDriver.argmax(logits.get(i).getLast()));
        decodes.add(new Chunk(sequences.get(i), 1));
      }
      List<float[]> rows = driver.step(decodes);
      for (int i = 0; i < sequences.size(); i++) {
        logits.get(i).add(rows.get(i));
      }
    }
    return logits;
  }

  /** The same prompts one after the other, each prompt in two chunks. */
  private List<List<float[]>> alone(ModelDirectory model, CudaBackend backend) {
    DecoderDriver driver = driver(model, backend);
    List<List<float[]>> logits = new ArrayList<>();
    for (int[] prompt : prompts()) {
      Sequence sequence = driver.sequence(prompt);
      driver.step(List.of(new Chunk(sequence, prompt.length / 2)));
      List<float[]> rows = new ArrayList<>(List.of(driver.prefill(sequence).getLast()));
      for (int step = 0; step < NUM_STEPS; step++) {
        sequence.append(DecoderDriver.argmax(rows.getLast()));
        rows.add(driver.prefill(sequence).getLast());
      }
      driver.free(sequence);
      logits.add(rows);
    }
    return logits;
  }

  private static void assertSameBits(List<List<float[]>> actual, List<List<float[]>> expected) {
    for (int i = 0; i < expected.size(); i++) {
      for (int step = 0; step < expected.get(i).size(); step++) {
        assertThat(actual.get(i).get(step))
            .as("sequence %d, step %d", i, step)
            .containsExactly(expected.get(i).get(step));
      }
    }
  }

  @Test
  void bitsDoNotDependOnGraphsChunksOrTheRestOfTheBatch() {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-qwen3"));
        CudaBackend eager = open(true);
        CudaBackend recording = open(false)) {
      List<List<float[]>> expected = together(model, eager);

      assertThat(eager.graphs().numCaptured()).isZero();
      assertSameBits(together(model, recording), expected);
      assertThat(recording.graphs().numCaptured()).isEqualTo(1);
      assertThat(recording.graphs().numReplays()).isEqualTo(NUM_STEPS - 1);
      assertSameBits(alone(model, recording), expected);
    }
  }
}
