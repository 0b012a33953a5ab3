package dev.gatun.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.config.ConfigDefaults.WindowRule;
import dev.gatun.tensor.Activation;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModelConfigTest {
  private static final ConfigDefaults DEFAULTS =
      new ConfigDefaults(2048, OptionalInt.empty(), OptionalInt.empty(), WindowRule.NONE);
  private static final String REQUIRED =
      """
      "architectures": ["X"], "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96,
      "num_hidden_layers": 3, "num_attention_heads": 4\
      """;

  private static ModelConfig parse(String more) {
    return parse(more, DEFAULTS);
  }

  private static ModelConfig parse(String more, ConfigDefaults defaults) {
    return ModelConfig.of(ConfigFile.parse("{" + REQUIRED + more + "}"), "X", defaults);
  }

  private static void assertRefused(String more, String... words) {
    assertThatThrownBy(() -> parse(more))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith("config.json")
        .hasMessageContainingAll(words);
  }

  @Test
  void fillsInWhatTransformersFillsIn() {
    ModelConfig config = parse("");

    assertThat(config.vocabSize()).isEqualTo(100);
    assertThat(config.hiddenSize()).isEqualTo(64);
    assertThat(config.intermediateSize()).isEqualTo(96);
    assertThat(config.numLayers()).isEqualTo(3);
    assertThat(config.numHeads()).isEqualTo(4);
    assertThat(config.numKvHeads()).isEqualTo(4);
    assertThat(config.headDim()).isEqualTo(16);
    assertThat(config.maxPositionEmbeddings()).isEqualTo(2048);
    assertThat(config.rmsNormEps()).isEqualTo(1e-6f);
    assertThat(config.hiddenAct()).isEqualTo(Activation.SILU);
    assertThat(config.rope().theta()).isEqualTo(10_000);
    assertThat(config.tieWordEmbeddings()).isFalse();
    assertThat(config.attentionBias()).isFalse();
    assertThat(config.mlpBias()).isFalse();
    assertThat(config.dtype()).isEmpty();
    assertThat(config.eosTokenIds()).isEmpty();
  }

  @Test
  void readsWhatTheFileSays() {
    ModelConfig config =
        parse(
            """
            , "num_key_value_heads": 2, "head_dim": 32, "max_position_embeddings": 512,
            "rms_norm_eps": 1e-05, "hidden_act": "gelu_pytorch_tanh", "rope_theta": 500000.0,
            "tie_word_embeddings": true, "attention_bias": true, "mlp_bias": true,
            "torch_dtype": "bfloat16", "eos_token_id": [1, 2], "unknown": {"ignored": true}\
            """);

    assertThat(config.numKvHeads()).isEqualTo(2);
    assertThat(config.headDim()).isEqualTo(32);
    assertThat(config.maxPositionEmbeddings()).isEqualTo(512);
    assertThat(config.rmsNormEps()).isEqualTo(1e-5f);
    assertThat(config.hiddenAct()).isEqualTo(Activation.GELU_TANH);
    assertThat(config.rope().theta()).isEqualTo(500_000);
    assertThat(config.tieWordEmbeddings()).isTrue();
    assertThat(config.attentionBias()).isTrue();
    assertThat(config.mlpBias()).isTrue();
    assertThat(config.dtype()).isEqualTo("bfloat16");
    assertThat(config.eosTokenIds()).containsExactly(1, 2);
  }

  @Test
  void readsDtypeInBothSpellings() {
    assertThat(parse(", \"dtype\": \"float16\"").dtype()).isEqualTo("float16");
    assertThat(parse(", \"dtype\": \"float16\", \"torch_dtype\": \"float32\"").dtype())
        .isEqualTo("float16");
  }

  @Test
  void takesClassDefaultsOnlyForAbsentFields() {
    ConfigDefaults qwen3 =
        new ConfigDefaults(32768, OptionalInt.of(2), OptionalInt.of(128), WindowRule.NONE);

    assertThat(parse("", qwen3).numKvHeads()).isEqualTo(2);
    assertThat(parse("", qwen3).headDim()).isEqualTo(128);
    assertThat(parse(", \"num_key_value_heads\": null", qwen3).numKvHeads()).isEqualTo(4);
    assertThat(parse(", \"head_dim\": null", qwen3).headDim()).isEqualTo(16);
    assertThat(parse(", \"num_key_value_heads\": 1, \"head_dim\": 8", qwen3).headDim())
        .isEqualTo(8);
  }

  @Test
  void headDimFreesHiddenSizeFromBeingAMultipleOfHeads() {
    assertThat(parse(", \"num_attention_heads_\": 1, \"head_dim\": 6").headDim()).isEqualTo(6);
    assertThatThrownBy(
            () ->
                ModelConfig.of(
                    ConfigFile.parse(
                        "{" + REQUIRED.replace("\"hidden_size\": 64", "\"hidden_size\": 66") + "}"),
                    "X",
                    DEFAULTS))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll("hidden_size is 66", "num_attention_heads 4");
  }

  @ParameterizedTest
  @CsvSource({
    "vocab_size, 100",
    "hidden_size, 64",
    "intermediate_size, 96",
    "num_hidden_layers, 3",
    "num_attention_heads, 4"
  })
  void namesRequiredFields(String field, String value) {
    String entry = "\"" + field + "\": " + value;
    for (String replaced : new String[] {"\"renamed\": 1", "\"" + field + "\": null"}) {
      assertRefusedRequired(entry, replaced, field + " is missing");
    }
    assertRefusedRequired(entry, "\"" + field + "\": 0", field + " is 0, expected an integer");
    assertRefusedRequired(entry, "\"" + field + "\": -1", field + " is -1");
    assertRefusedRequired(entry, "\"" + field + "\": 1.5", field + " is 1.5");
    assertRefusedRequired(entry, "\"" + field + "\": \"4\"", field + " is \"4\"");
    assertRefusedRequired(entry, "\"" + field + "\": 4294967297", field + " is 4294967297");
    assertRefusedRequired(entry, "\"" + field + "\": 2147483647", field + " is 2147483647");
  }

  private static void assertRefusedRequired(String entry, String replacement, String words) {
    ConfigFile file = ConfigFile.parse("{" + REQUIRED.replace(entry, replacement) + "}");
    assertThatThrownBy(() -> ModelConfig.of(file, "X", DEFAULTS))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining(words);
  }

  @Test
  void refusesValuesOutOfRangeOrOfTheWrongType() {
    assertRefused(", \"num_key_value_heads\": 3", "num_key_value_heads is 3", "divisor", "4");
    assertRefused(", \"num_key_value_heads\": 8", "num_key_value_heads is 8");
    assertRefused(", \"head_dim\": 7", "head_dim is 7", "even");
    assertRefused(", \"head_dim\": 32768", "head_dim is 32768");
    assertRefused(", \"rms_norm_eps\": 0", "rms_norm_eps is 0");
    assertRefused(", \"rms_norm_eps\": \"small\"", "rms_norm_eps is \"small\"");
    assertRefused(", \"hidden_act\": \"mish\"", "hidden_act is mish", "silu", "gelu_new");
    assertRefused(", \"hidden_act\": 1", "hidden_act is 1");
    assertRefused(", \"tie_word_embeddings\": \"no\"", "tie_word_embeddings is \"no\"");
    assertRefused(", \"max_position_embeddings\": 0", "max_position_embeddings is 0");
    assertRefused(", \"rope_theta\": -1", "rope_theta is -1");
    assertRefused(", \"rope_theta\": 1e999", "rope_theta");
    assertRefused(", \"eos_token_id\": -1", "eos_token_id is -1");
    assertRefused(", \"eos_token_id\": [1, \"2\"]", "eos_token_id is [1,\"2\"]");
  }

  @Test
  void refusesQuantisedModelsNamingTheMethod() {
    assertRefused(
        ", \"quantization_config\": {\"quant_method\": \"mxfp4\"}",
        "quantization_config.quant_method is mxfp4");
    assertRefused(", \"quantization_config\": {}", "quantization_config is {}");
    assertRefused(
        ", \"compression_config\": {\"quant_method\": \"x\"}",
        "compression_config.quant_method is x");
    assertThat(parse(", \"quantization_config\": null").numHeads()).isEqualTo(4);
  }

  @Test
  void acceptsOneEosToken() {
    assertThat(parse(", \"eos_token_id\": 7").eosTokenIds()).containsExactly(7);
    assertThat(parse(", \"eos_token_id\": null").eosTokenIds()).isEmpty();
  }
}
