package dev.gatun.model.weights;

import static dev.gatun.model.weights.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.Fp8Quantization;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.WeightBlock;
import dev.gatun.tensor.WeightFormat;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers of 4 features and 4 columns in 8-bit floats; byte i of the file is i. */
final class Fp8TensorsTest {
  @TempDir private Path directory;

  @BeforeEach
  void write() {
    String header =
        "{%s,%s,%s,%s,%s,%s,%s,%s}"
            .formatted(
                entry("one.weight", "F8_E4M3", "[4,4]", 0, 16),
                entry("one.weight_scale", "F32", "[]", 16, 20),
                entry("row.weight", "F8_E4M3", "[4,4]", 20, 36),
                entry("row.weight_scale_inv", "BF16", "[4,1]", 36, 44),
                entry("bare.weight", "F8_E4M3", "[4,4]", 44, 60),
                entry("plain.weight", "F16", "[4,4]", 60, 92),
                entry("odd.weight", "F8_E4M3", "[4,4]", 92, 108),
                entry("odd.weight_scale", "F16", "[3]", 108, 114));
    SafetensorsBytes.write(
        directory, WeightFiles.SINGLE_FILE_NAME, SafetensorsBytes.of(header, 114));
  }

  private ModelWeights open(Fp8Quantization fp8) {
    WeightMap.Builder map = WeightMap.builder();
    for (String name : new String[] {"one", "row", "bare", "plain", "odd"}) {
      map.put(name + ".weight", name + ".weight");
    }
    return new ModelWeights(
        WeightFiles.open(directory), map.build(), Optional.of(fp8), WeightRounding.NONE);
  }

  private static WeightBlock block(ModelWeights weights, String name) {
    return weights.linear(name, 4, false, 4).blocks().get(0);
  }

  @Test
  void oneScaleForATensor() {
    try (ModelWeights weights = open(Fp8Quantization.perTensor("fp8"))) {
      WeightBlock block = block(weights, "one");
      float[] row = new float[4];
      block.readRow(2, row);

      assertThat(block.format()).isEqualTo(WeightFormat.FP8);
      float scale = Float.intBitsToFloat(0x13121110);
      // Bits 8 to 11 are 2^-6 and the next ones of the lowest binade that is normal.
      assertThat(row)
          .containsExactly(
              8 * 0x1p-9f * scale, 9 * 0x1p-9f * scale, 10 * 0x1p-9f * scale, 11 * 0x1p-9f * scale);
    }
  }

  @Test
  void oneScaleForAFeatureUnderEitherName() {
    try (ModelWeights weights = open(Fp8Quantization.perFeature("fp8"))) {
      float[] row = new float[4];
      block(weights, "row").readRow(1, row);

      float scale = Float.intBitsToFloat(0x27260000);
      // Bits 0x18: exponent 3, so 2^-4.
      assertThat(row[0]).isEqualTo(0x1p-4f * scale);
    }
  }

  @Test
  void layersThatWereLeftAsFloatsAreTaken() {
    try (ModelWeights weights = open(Fp8Quantization.perFeature("fp8"))) {
      assertThat(block(weights, "plain").format()).isEqualTo(WeightFormat.F16);
    }
  }

  @Test
  void namesWhatIsMissingOrDoesNotFit() {
    try (ModelWeights weights = open(Fp8Quantization.perFeature("fp8"))) {
      assertThatThrownBy(() -> block(weights, "bare"))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("no tensor 'bare.weight_scale'");
      assertThatThrownBy(() -> block(weights, "odd"))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("of 'odd' does not fit config.json")
          .hasMessageContaining("scales are F16[3], expected 4 x 1");
      assertThatThrownBy(() -> weights.linear("one", 8, false, 4))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("weight is F8_E4M3[4, 4], expected [4, 8]");
    }
  }
}
