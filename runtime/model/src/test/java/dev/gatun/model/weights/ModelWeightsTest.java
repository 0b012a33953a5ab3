package dev.gatun.model.weights;

import static dev.gatun.model.weights.SafetensorsBytes.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.WeightRounding;
import dev.gatun.tensor.DType;
import dev.gatun.tensor.LinearSource;
import dev.gatun.tensor.PlainBlock;
import dev.gatun.tensor.Shape;
import dev.gatun.tensor.WeightFormat;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelWeightsTest {
  @TempDir private Path directory;
  private ModelWeights weights;

  @BeforeEach
  void open() {
    String header =
        "{%s,%s,%s,%s,%s}"
            .formatted(
                entry("q.weight", "F32", "[2,3]", 0, 24),
                entry("k.weight", "F32", "[1,3]", 24, 36),
                entry("q.bias", "BF16", "[2]", 36, 40),
                entry("half.weight", "F16", "[1,3]", 40, 46),
                entry("ids", "I32", "[3]", 46, 58));
    SafetensorsBytes.write(
        directory, WeightFiles.SINGLE_FILE_NAME, SafetensorsBytes.of(header, 58));
    WeightMap map =
        WeightMap.builder()
            .put("fused.weight", "q.weight", "k.weight")
            .put("mixed.weight", "q.weight", "half.weight")
            .put("q.weight", "q.weight")
            .put("q.bias", "q.bias")
            .put("absent", "nothing")
            .putFirstOf("either", "nothing", "k.weight")
            .put("ids", "ids")
            .build();
    weights =
        new ModelWeights(WeightFiles.open(directory), map, Optional.empty(), WeightRounding.NONE);
  }

  @AfterEach
  void close() {
    weights.close();
  }

  @Test
  void fusesBlocksWithoutCopyingThem() {
    LinearSource fused = weights.linear("fused", 3, false, 2, 1);

    assertThat(fused.format()).isEqualTo(WeightFormat.F32);
    assertThat(fused.blocks()).hasSize(2);
    assertThat(address(fused, 0) + 24).isEqualTo(address(fused, 1));
    assertThat(fused.biases()).isEmpty();
  }

  private static long address(LinearSource source, int index) {
    return ((PlainBlock) source.blocks().get(index)).weight().data().address();
  }

  @Test
  void readsBiasesWhereTheLayerHasThem() {
    LinearSource linear = weights.linear("q", 3, true, 2);

    assertThat(linear.biases()).hasSize(1);
    assertThat(linear.biases().get(0).dtype()).isEqualTo(DType.BF16);
  }

  @Test
  void takesTheFirstCandidateThatExists() {
    assertThat(weights.tensor("either", Shape.of(1, 3)).shape()).isEqualTo(Shape.of(1, 3));
  }

  @Test
  void namesMissingTensors() {
    assertThatThrownBy(() -> weights.tensor("absent", Shape.of(1)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage("the weight files have no tensor 'nothing', needed for absent");
  }

  @Test
  void namesShapesThatDoNotFitTheConfig() {
    assertThatThrownBy(() -> weights.linear("fused", 3, false, 2, 2))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage("tensor 'k.weight' has shape [1, 3], config.json asks for [2, 3]");
  }

  @Test
  void refusesTypesThatAreNotFloatOrMixed() {
    assertThatThrownBy(() -> weights.tensor("ids", Shape.of(3)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("'ids' is I32");
    assertThatThrownBy(() -> weights.linear("mixed", 3, false, 2, 1))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("F16 beside F32");
  }

  @Test
  void mapsRefuseUnknownAndRepeatedNames() {
    assertThatThrownBy(() -> weights.tensor("unknown", Shape.of(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unknown");
    WeightMap.Builder builder = WeightMap.builder().put("a", "x");
    assertThatThrownBy(() -> builder.put("a", "y")).isInstanceOf(IllegalArgumentException.class);
  }
}
