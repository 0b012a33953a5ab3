package dev.gatun.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.model.decoder.KvCacheShape;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvFingerprintTest {
  private static final Path MODELS =
      Path.of("").toAbsolutePath().resolveSibling("model/src/test/resources/models");

  private static byte[] fingerprint(Path model, DType dtype) {
    try (ModelDirectory directory = ModelDirectory.open(model)) {
      return KvFingerprint.of(directory, KvCacheShape.of(directory.spec(), 16, dtype));
    }
  }

  private static Path copy(String model, Path target) throws IOException {
    Files.createDirectory(target);
    try (Stream<Path> files = Files.list(MODELS.resolve(model))) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    return target;
  }

  @Test
  void theSameModelHasTheSameOneWhereverItLies(@TempDir Path dir) throws IOException {
    byte[] here = fingerprint(MODELS.resolve("tiny-qwen3"), DType.F32);

    assertThat(fingerprint(copy("tiny-qwen3", dir.resolve("x")), DType.F32)).isEqualTo(here);
    assertThat(here).hasSize(32);
  }

  @Test
  void anotherTypeConfigOrSingleWeightGivesAnother(@TempDir Path dir) throws IOException {
    Path model = MODELS.resolve("tiny-qwen3");
    byte[] original = fingerprint(model, DType.F32);
    Path tuned = copy("tiny-qwen3", dir.resolve("tuned"));
    byte[] weights = Files.readAllBytes(tuned.resolve("model.safetensors"));
    long headerBytes = Byte.toUnsignedInt(weights[0]) + 256L * Byte.toUnsignedInt(weights[1]);
    weights[(int) (8 + headerBytes)] ^= 1;
    Files.write(tuned.resolve("model.safetensors"), weights);
    Path edited = copy("tiny-qwen3", dir.resolve("edited"));
    String config = Files.readString(edited.resolve("config.json"));
    Files.writeString(edited.resolve("config.json"), config.replace("1e-06", "1e-05"));

    assertThat(fingerprint(model, DType.BF16)).isNotEqualTo(original);
    assertThat(fingerprint(tuned, DType.F32)).isNotEqualTo(original);
    assertThat(config).contains("1e-06");
    assertThat(fingerprint(edited, DType.F32)).isNotEqualTo(original);
  }
}
