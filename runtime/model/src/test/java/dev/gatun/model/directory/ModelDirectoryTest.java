package dev.gatun.model.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.golden.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelDirectoryTest {
  @TempDir private Path directory;

  private void assertRefused(String words) {
    assertThatThrownBy(() -> ModelDirectory.open(directory))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(words);
  }

  private void copyConfig() throws IOException {
    Path config = TestModels.path("tiny-llama3").resolve("config.json");
    Files.copy(config, directory.resolve("config.json"));
  }

  @Test
  void opensSingleAndShardedDirectoriesAlike() {
    try (ModelDirectory single = ModelDirectory.open(TestModels.path("tiny-qwen2"));
        ModelDirectory sharded = ModelDirectory.open(TestModels.path("tiny-qwen2-sharded"))) {
      assertThat(single.spec()).isEqualTo(sharded.spec());
      assertThat(single.config()).isEqualTo(sharded.config());
      assertThat(single.spec().vocabSize()).isEqualTo(608);
      assertThat(single.config().eosTokenIds()).containsExactly(3);
      assertThat(single.path()).endsWithRaw(Path.of("tiny-qwen2"));
      assertThat(single.weights().mappedBytes()).isPositive();
    }
  }

  @Test
  void saysWhatIsMissing() throws IOException {
    assertRefused("no config.json in " + directory);

    copyConfig();
    assertRefused("no weights in " + directory);

    Files.write(directory.resolve("pytorch_model.bin"), new byte[10]);
    assertRefused("not safetensors: pytorch_model.bin");

    Files.write(directory.resolve("model.safetensors"), new byte[3]);
    assertRefused("model.safetensors: 3 bytes");
  }

  @Test
  void refusesAPathThatIsNoDirectory() {
    Path absent = directory.resolve("absent");

    assertThatThrownBy(() -> ModelDirectory.open(absent))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage("model directory " + absent + " does not exist");
  }
}
