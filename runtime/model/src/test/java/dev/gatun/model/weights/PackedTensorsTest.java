package dev.gatun.model.weights;

import static dev.gatun.model.weights.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.IntegerQuantization;
import dev.gatun.model.spec.QuantizationSpec;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.PackedLayout;
import dev.gatun.tensor.WeightFormat;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Quantised layers of 8 features and 8 columns. */
final class PackedTensorsTest {
  @TempDir private Path directory;

  private ModelWeights weights;

  @BeforeEach
  void open() {
    String header =
        "{%s,%s,%s,%s,%s,%s,%s}"
            .formatted(
                entry("q.qweight", "I32", "[1,8]", 0, 32),
                entry("q.qzeros", "I32", "[1,1]", 32, 36),
                entry("q.scales", "F16", "[1,8]", 36, 52),
                entry("q.g_idx", "I32", "[8]", 52, 84),
                entry("bare.qweight", "I32", "[1,8]", 84, 116),
                entry("plain.weight", "F16", "[8,8]", 116, 244),
                entry("k.qweight", "I32", "[2,8]", 244, 308));
    SafetensorsBytes.write(
        directory, WeightFiles.SINGLE_FILE_NAME, SafetensorsBytes.of(header, 308));
    WeightMap map =
        WeightMap.builder()
            .put("q.weight", "q.weight")
            .put("k.weight", "k.weight")
            .put("bare.weight", "bare.weight")
            .put("plain.weight", "plain.weight")
            .put("fused.weight", "q.weight", "plain.weight")
            .build();
    weights =
        new ModelWeights(
            WeightFiles.open(directory), map, Optional.of(gptq(false)), WeightRounding.NONE);
  }

  private static QuantizationSpec gptq(boolean hasGroupIndex) {
    return new IntegerQuantization(
        "gptq", PackedLayout.GPTQ, WeightFormat.INT4, 32, hasGroupIndex, InputRounding.NONE);
  }

  @AfterEach
  void close() {
    weights.close();
  }

  @Test
  void findsThePartsOfALayer() {
    LinearSource source = weights.linear("q", 8, false, 8);

    assertThat(source.format()).isEqualTo(WeightFormat.INT4);
    assertThat(source.blocks().get(0)).hasToString("GPTQ INT4[8, 8] in groups of 32");
    // Byte 0 of the zero points is 32: feature 0 has 0 + 1. Its first word is 0, 1, 2, 3.
    float[] row = new float[8];
    source.blocks().get(0).readRow(0, row);
    float scale = Float.float16ToFloat((short) 0x2524);
    assertThat(row).containsExactly(-scale, -scale, 0, -scale, scale, -scale, 2 * scale, -scale);
  }

  @Test
  void takesLayersThatWereLeftAsFloats() {
    assertThat(weights.linear("plain", 8, false, 8).format()).isEqualTo(WeightFormat.F16);
  }

  @Test
  void refusesALayerOfBothKinds() {
    refused("fused", 8, 8, "fused: blocks of different types: F16 beside INT4");
  }

  @Test
  void namesWhatIsMissingOrDoesNotFit() {
    refused("bare", 8, 8, "no tensor 'bare.scales'");
    refused("k", 8, 8, "no tensor 'k.scales'");
    refused("q", 8, 16, "of 'q' does not fit", "values are I32[1, 8], expected [1, 16]");
    refused("q", 12, 8, "of 'q' does not fit", "12 is not a multiple");
  }

  /** Bytes 52 and on read as groups that a layer of one group does not have. */
  @Test
  void refusesGroupsOutOfRange() {
    try (ModelWeights ordered =
        new ModelWeights(
            WeightFiles.open(directory),
            WeightMap.builder().put("q.weight", "q.weight").build(),
            Optional.of(gptq(true)),
            WeightRounding.NONE)) {
      assertThatThrownBy(() -> ordered.linear("q", 8, false, 8))
          .isInstanceOf(ModelLoadException.class)
          .hasMessageContaining("group of column 0 926299444 is not in [0, 1)");
    }
  }

  private void refused(String name, int inFeatures, int outFeatures, String... words) {
    int[] blocks = name.equals("fused") ? new int[] {8, 8} : new int[] {outFeatures};
    assertThatThrownBy(() -> weights.linear(name, inFeatures, false, blocks))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll(words);
  }
}
