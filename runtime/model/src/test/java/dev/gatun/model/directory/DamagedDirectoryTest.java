package dev.gatun.model.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.golden.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever bytes a model directory holds, opening it succeeds or says what is wrong. */
final class DamagedDirectoryTest {
  private static final int NUM_ROUNDS = 300;

  /** What damage is most likely to get past a parser: structure and digits. */
  private static final byte[] LIKELY =
      "{}[]\",:-+.eE0123456789 nulltrue\\".getBytes(StandardCharsets.US_ASCII);

  @TempDir private Path directory;

  private int numRefused;

  private void openDamaged(String file, int damageable, long seed) throws IOException {
    Path source = TestModels.path("tiny-qwen2");
    for (String name : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(source.resolve(name), directory.resolve(name));
    }
    byte[] all = Files.readAllBytes(directory.resolve(file));
    int end = Math.min(damageable, all.length);
    byte[] intact = Arrays.copyOf(all, end);
    System.out.println("DamagedDirectoryTest: " + file + " seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < NUM_ROUNDS; round++) {
      byte[] damaged = intact.clone();
      for (int i = 0; i <= random.nextInt(3); i++) {
        boolean isLikely = random.nextInt(4) > 0;
        damaged[random.nextInt(end)] =
            isLikely ? LIKELY[random.nextInt(LIKELY.length)] : (byte) random.nextInt();
      }
      // Over the start of the file; what follows stays as it is.
      Files.write(directory.resolve(file), damaged, StandardOpenOption.WRITE);

      assertThatCode(this::open).as("seed %d, round %d", seed, round).doesNotThrowAnyException();
    }
    // Neither all nor nothing, or the damage missed what is under test.
    assertThat(numRefused).isBetween(NUM_ROUNDS / 10, NUM_ROUNDS - 1);
  }

  private void open() {
    try (ModelDirectory model = ModelDirectory.open(directory)) {
      assertThat(model.spec().numLayers()).isPositive();
    } catch (ModelLoadException e) {
      assertThat(e).hasMessageMatching("(?s).*(config\\.json|model\\.safetensors).*");
      numRefused++;
    }
  }

  @Test
  void refusesDamagedConfigsWithWords() throws IOException {
    openDamaged("config.json", Integer.MAX_VALUE, 11);
  }

  @Test
  void refusesDamagedHeadersWithWords() throws IOException {
    openDamaged("model.safetensors", 3920, 12);
  }
}
