package dev.gatun.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.golden.TestModels;
import dev.gatun.model.spec.Fp8Quantization;
import dev.gatun.model.spec.IntegerQuantization;
import dev.gatun.model.spec.QuantizationSpec;
import dev.gatun.tensor.InputRounding;
import dev.gatun.tensor.PackedLayout;
import dev.gatun.tensor.WeightFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class QuantizationFieldsTest {
  private static final String AWQ =
      "{'quant_method': 'awq', 'bits': 4, 'group_size': 32, 'zero_point': true, 'version': 'gemm'}";
  private static final String GPTQ =
      "{'quant_method': 'gptq', 'bits': 4, 'group_size': 128, 'desc_act': true}";
  private static final String W4A16 =
      """
      {'quant_method': 'compressed-tensors', 'format': 'pack-quantized', 'kv_cache_scheme': null,
       'config_groups': {'group_0': {'targets': ['Linear'], 'input_activations': null,
        'weights': {'num_bits': 4, 'type': 'int', 'symmetric': true, 'strategy': 'group',
         'group_size': 64, 'dynamic': false, 'actorder': null}}}}\
      """;
  private static final String W8A8 =
      """
      {'quant_method': 'compressed-tensors', 'format': 'int-quantized',
       'config_groups': {'group_0': {'targets': ['Linear'],
        'input_activations': {'num_bits': 8, 'type': 'int', 'symmetric': true,
         'strategy': 'token', 'dynamic': true},
        'weights': {'num_bits': 8, 'type': 'int', 'symmetric': true, 'strategy': 'channel'}}}}\
      """;

  private static final String FP8 =
      """
      {'quant_method': 'fp8', 'fmt': 'e4m3', 'activation_scheme': 'dynamic',
       'weight_block_size': [128, 128], 'modules_to_not_convert': ['lm_head']}\
      """;
  private static final String FLOAT =
      """
      {'quant_method': 'compressed-tensors', 'format': 'float-quantized',
       'config_groups': {'group_0': {'targets': ['Linear'],
        'input_activations': {'num_bits': 8, 'type': 'float', 'symmetric': true,
         'strategy': 'token', 'dynamic': true},
        'weights': {'num_bits': 8, 'type': 'float', 'symmetric': true, 'strategy': 'channel'}}}}\
      """;

  private static QuantizationSpec read(String config) {
    String text = "{\"quantization_config\": " + config.replace('\'', '"') + "}";
    return QuantizationFields.read(ConfigFile.parse(text).fields()).orElseThrow();
  }

  private static IntegerQuantization integers(String config) {
    return (IntegerQuantization) read(config);
  }

  @Test
  void readsTheMethodsThatThereAreKernelsFor() {
    assertThat(read(AWQ))
        .isEqualTo(
            new IntegerQuantization(
                "awq", PackedLayout.AWQ, WeightFormat.INT4, 32, false, InputRounding.NONE));
    assertThat(read(GPTQ))
        .isEqualTo(
            new IntegerQuantization(
                "gptq", PackedLayout.GPTQ, WeightFormat.INT4, 128, true, InputRounding.NONE));
    assertThat(integers(W4A16).groupSize(4096)).isEqualTo(64);
    assertThat(integers(W4A16).layout()).isEqualTo(PackedLayout.ROWS);
    assertThat(integers(W4A16).inputs()).isEqualTo(InputRounding.NONE);
    assertThat(integers(W8A8).format()).isEqualTo(WeightFormat.INT8);
    assertThat(integers(W8A8).inputs()).isEqualTo(InputRounding.INT8);
    assertThat(integers(W8A8).groupSize(4096)).isEqualTo(4096);
    assertThat(integers(AWQ.replace("32", "-1")).groupSize(96)).isEqualTo(96);
  }

  @Test
  void readsEightBitFloatsWithTheirKindsOfScales() {
    assertThat(read(FP8)).isEqualTo(new Fp8Quantization("fp8", 128, 128));
    assertThat(read(FP8.replace("[128, 128]", "null"))).isEqualTo(Fp8Quantization.perTensor("fp8"));
    String method = "compressed-tensors float-quantized";
    assertThat(read(FLOAT)).isEqualTo(Fp8Quantization.perFeature(method));
    assertThat(read(FLOAT.replace("channel", "tensor")))
        .isEqualTo(Fp8Quantization.perTensor(method));
    String blocks = "'strategy': 'block', 'block_structure': [128, 64]";
    assertThat(read(FLOAT.replace("'strategy': 'channel'", blocks)))
        .isEqualTo(new Fp8Quantization(method, 128, 64));
  }

  @Test
  void floatsHaveNone() {
    assertThat(QuantizationFields.read(ConfigFile.parse("{}").fields())).isEmpty();
  }

  /** What a checkpoint of the test models says is told in one line. */
  @Test
  void describesACheckpoint() {
    ConfigFile file = ConfigFile.read(TestModels.path("tiny-llama3-gptq-g32-actorder"));

    assertThat(QuantizationFields.read(file.fields()).orElseThrow())
        .hasToString("gptq: INT4 weights, groups of 32 in activation order");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "AWQ   | 'bits': 4            | 'bits': 8            | bits is 8, expected 4",
        "AWQ   | 'group_size': 32     | 'group_size': 48     | group_size is 48",
        "AWQ   | 'group_size': 32     | 'x': 32              | group_size is missing",
        "AWQ   | 'zero_point': true   | 'zero_point': false  | zero_point is false",
        "AWQ   | 'gemm'               | 'gemv'               | version is gemv, expected gemm",
        "GPTQ  | 'bits': 4            | 'bits': 3            | bits is 3, expected 4",
        "GPTQ  | 'desc_act': true     | 'is_marlin_format': true    | is_marlin_format is true",
        "GPTQ  | 'desc_act': true     | 'checkpoint_format': 'gptq_v2' | is gptq_v2, expected gptq",
        "W4A16 | 'pack-quantized'     | 'marlin-24'          | format is marlin-24",
        "W4A16 | 'num_bits': 4        | 'num_bits': 2        | num_bits is 2, expected 4 or 8",
        "W4A16 | 'int'                | 'float'              | type is float, expected int",
        "W4A16 | 'symmetric': true    | 'symmetric': false   | symmetric is false, expected true",
        "W4A16 | 'actorder': null     | 'actorder': 'group'  | actorder is group",
        "W4A16 | 'strategy': 'group'  | 'strategy': 'block'  | strategy is block",
        "W4A16 | 'kv_cache_scheme': null | 'kv_cache_scheme': 1 | kv_cache_scheme is 1",
        "W4A16 | 'input_activations': null | 'input_activations': {'x': 8} | input_activations is",
        "W8A8  | {'num_bits': 8, 'type': 'int', 'symmetric': true, | {'num_bits': 4, | is 4,"
            + " expected 8",
        "W8A8  | 'dynamic': true      | 'dynamic': false     | dynamic is false, expected true",
        "FP8   | 'e4m3'              | 'e5m2'               | fmt is e5m2, expected e4m3",
        "FP8   | 'dynamic'           | 'none'               | activation_scheme is none",
        "FP8   | [128, 128]          | [128, 100]           | weight_block_size is [128,100]",
        "FP8   | [128, 128]          | [128]                | weight_block_size is [128]",
        "FLOAT | 'strategy': 'channel' | 'strategy': 'group' | strategy is group, expected tensor",
        "FLOAT | 'symmetric': true, 'strategy' | 'symmetric': false, 'strategy' | symmetric is"
            + " false, expected true",
        "W8A8  | 'strategy': 'token'  | 'strategy': 'tensor' | strategy is tensor, expected token",
      })
  void refusesWhatHasNoKernelByItsField(
      String config, String part, String replacement, String words) {
    String text =
        switch (config) {
          case "AWQ" -> AWQ;
          case "GPTQ" -> GPTQ;
          case "W4A16" -> W4A16;
          case "FP8" -> FP8;
          case "FLOAT" -> FLOAT;
          default -> W8A8;
        };
    assertThat(text).contains(part);

    assertThatThrownBy(() -> read(text.replace(part, replacement)))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith("config.json: quantization_config.")
        .hasMessageContaining(words);
  }
}
