package dev.gatun.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.model.decoder.KvCacheShape;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.InputRounding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvFingerprintTest {
  private static final Path MODELS =
      Path.of("").toAbsolutePath().resolveSibling("model/src/test/resources/models");

  private static byte[] fingerprint(Path model, DType dtype) {
    return fingerprint(model, dtype, WeightRounding.NONE, DType.F32);
  }

  private static byte[] fingerprint(
      Path model, DType dtype, WeightRounding rounding, DType linearInputs) {
    return fingerprint(model, dtype, rounding, linearInputs, List.of());
  }

  private static byte[] fingerprint(
      Path model,
      DType dtype,
      WeightRounding rounding,
      DType linearInputs,
      List<InputRounding> inputRoundings) {
    try (ModelDirectory directory = ModelDirectory.open(model, rounding)) {
      KvCacheShape kvCache = KvCacheShape.of(directory.spec(), 16, dtype);
      return KvFingerprint.of(directory, kvCache, rounding, linearInputs, inputRoundings);
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
  void otherArithmeticGivesAnother() {
    Path model = MODELS.resolve("tiny-qwen3");
    List<String> fingerprints = new ArrayList<>();
    for (WeightRounding rounding : WeightRounding.values()) {
      for (DType linearInputs : List.of(DType.F32, DType.BF16)) {
        byte[] fingerprint = fingerprint(model, DType.F32, rounding, linearInputs);
        fingerprints.add(HexFormat.of().formatHex(fingerprint));
      }
    }

    assertThat(fingerprints).hasSize(2 * WeightRounding.values().length).doesNotHaveDuplicates();
  }

  @Test
  void inputsThatAreRoundedGiveAnother() {
    Path model = MODELS.resolve("tiny-llama3-ct-fp8");
    byte[] exact = fingerprint(model, DType.BF16, WeightRounding.NONE, DType.BF16);

    assertThat(
            fingerprint(
                model, DType.BF16, WeightRounding.NONE, DType.BF16, List.of(InputRounding.FP8)))
        .isNotEqualTo(exact);
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
