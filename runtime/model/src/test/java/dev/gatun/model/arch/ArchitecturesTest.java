package dev.gatun.model.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.config.ConfigFile;
import dev.gatun.model.config.ModelConfig;
import dev.gatun.model.spec.BlockFeature;
import dev.gatun.model.spec.ModelSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ArchitecturesTest {
  @TempDir private Path directory;

  private ConfigFile config(String architectures, String more) throws IOException {
    Files.writeString(
        directory.resolve(ConfigFile.FILE_NAME),
        """
        {"architectures": %s, "vocab_size": 100, "hidden_size": 128, "intermediate_size": 96,
         "num_hidden_layers": 2, "num_attention_heads": 32%s}\
        """
            .formatted(architectures, more));
    return ConfigFile.read(directory);
  }

  private ModelSpec spec(String architecture, String more) throws IOException {
    ConfigFile file = config("[\"" + architecture + "\"]", more);
    Architectures.Match match = Architectures.match(file);
    ModelConfig config = ModelConfig.of(file, match.name(), match.architecture().configDefaults());
    return match.architecture().spec(config);
  }

  @Test
  void takesTheFirstSupportedName() throws IOException {
    Architectures.Match match =
        Architectures.match(config("[\"Custom\", \"Qwen3ForCausalLM\"]", ""));

    assertThat(match.name()).isEqualTo("Qwen3ForCausalLM");
    assertThat(match.architecture()).isInstanceOf(Qwen3.class);
  }

  @Test
  void listsTheSupportedNamesWhenRefusing() throws IOException {
    ConfigFile file = config("[\"MambaForCausalLM\"]", "");

    assertThatThrownBy(() -> Architectures.match(file))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage(
            "config.json: architecture MambaForCausalLM is not supported; supported are"
                + " LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM");
  }

  @Test
  void llamaTakesBiasesFromTheConfig() throws IOException {
    ModelSpec plain = spec("LlamaForCausalLM", "");
    ModelSpec biased = spec("LlamaForCausalLM", ", \"attention_bias\": true, \"mlp_bias\": true");

    assertThat(plain.features()).isEmpty();
    assertThat(biased.features())
        .containsExactlyInAnyOrder(
            BlockFeature.QKV_BIAS, BlockFeature.OUTPUT_BIAS, BlockFeature.MLP_BIAS);
    assertThat(plain.maxPositionEmbeddings()).isEqualTo(2048);
    assertThat(plain.attention().numKvHeads()).isEqualTo(32);
    assertThat(plain.attention().headDim()).isEqualTo(4);
    assertThat(plain.windows()).containsExactly(0, 0);
    assertThat(plain.architecture()).isEqualTo("LlamaForCausalLM");
  }

  @Test
  void mistralHasWindowsAndNoBiases() throws IOException {
    ModelSpec spec = spec("MistralForCausalLM", ", \"attention_bias\": true, \"mlp_bias\": true");

    assertThat(spec.features()).isEmpty();
    assertThat(spec.windows()).containsExactly(4096, 4096);
    assertThat(spec.attention().numKvHeads()).isEqualTo(8);
    assertThat(spec.maxPositionEmbeddings()).isEqualTo(131072);
  }

  @Test
  void qwen2HasBiasesOnQkvAlone() throws IOException {
    ModelSpec spec = spec("Qwen2ForCausalLM", ", \"attention_bias\": false");

    assertThat(spec.features()).containsExactly(BlockFeature.QKV_BIAS);
    assertThat(spec.windows()).containsExactly(0, 0);
    assertThat(spec.attention().headDim()).isEqualTo(4);
    assertThat(spec.attention().numKvHeads()).isEqualTo(32);
  }

  @Test
  void qwen3HasQkNormAndItsOwnHeadDim() throws IOException {
    ModelSpec plain = spec("Qwen3ForCausalLM", "");
    ModelSpec biased = spec("Qwen3ForCausalLM", ", \"attention_bias\": true");

    assertThat(plain.features()).containsExactly(BlockFeature.QK_NORM);
    assertThat(biased.features())
        .containsExactlyInAnyOrder(
            BlockFeature.QK_NORM, BlockFeature.QKV_BIAS, BlockFeature.OUTPUT_BIAS);
    assertThat(plain.attention().headDim()).isEqualTo(128);
  }
}
