package dev.gatun.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationConfigTest {

  @TempDir Path dir;

  @Test
  void isEmptyWithoutFiles() {
    GenerationConfig config = GenerationConfig.load(dir);

    assertThat(config.temperature()).isEmpty();
    assertThat(config.topP()).isEmpty();
    assertThat(config.topK()).isEmpty();
    assertThat(config.minP()).isEmpty();
    assertThat(config.repetitionPenalty()).isEmpty();
    assertThat(config.maxNewTokens()).isEmpty();
    assertThat(config.eosTokenIds()).isEmpty();
  }

  @Test
  void takesTheValuesWhateverDoSampleSays() {
    write(
        "generation_config.json",
        """
        {"do_sample":false,"temperature":0.6,"top_p":0.95,"top_k":20,"min_p":0,
         "repetition_penalty":1.05,"max_new_tokens":2048,"eos_token_id":[151645,151643],
         "bos_token_id":151643,"transformers_version":"4.37.0"}
        """);

    GenerationConfig config = GenerationConfig.load(dir);

    assertThat(config.temperature()).hasValue(0.6);
    assertThat(config.topP()).hasValue(0.95);
    assertThat(config.topK()).hasValue(20);
    assertThat(config.minP()).hasValue(0);
    assertThat(config.repetitionPenalty()).hasValue(1.05);
    assertThat(config.maxNewTokens()).hasValue(2048);
    assertThat(config.eosTokenIds()).containsExactly(151645, 151643);
  }

  @Test
  void takesTheEndTokensOfTheModelConfigOnlyWithoutItsOwn() {
    write("config.json", "{\"eos_token_id\":[1,106],\"text_config\":{\"eos_token_id\":9}}");
    assertThat(GenerationConfig.load(dir).eosTokenIds()).containsExactly(1, 106);

    write("generation_config.json", "{\"eos_token_id\":null}");
    assertThat(GenerationConfig.load(dir).eosTokenIds()).containsExactly(1, 106);

    write("generation_config.json", "{\"eos_token_id\":7}");
    assertThat(GenerationConfig.load(dir).eosTokenIds()).containsExactly(7);
  }

  @Test
  void findsTheEndTokenOfANestedTextModel() {
    write("config.json", "{\"text_config\":{\"eos_token_id\":106}}");

    assertThat(GenerationConfig.load(dir).eosTokenIds()).containsExactly(106);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "temperature | 0",
        "temperature | 2.5",
        "top_p | 1",
        "top_p | 0.0001",
        "top_k | -1",
        "top_k | 0",
        "min_p | 0",
        "min_p | 1.0",
        "repetition_penalty | 0.1",
        "max_new_tokens | 1",
        "eos_token_id | []",
        "eos_token_id | 0"
      })
  void acceptsTheBordersOfTheRange(String field, String value) {
    write("generation_config.json", "{\"" + field + "\":" + value + "}");

    assertThatCode(() -> GenerationConfig.load(dir)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "temperature | \"0.6\"",
        "temperature | -0.1",
        "temperature | true",
        "top_p | 0",
        "top_p | 1.1",
        "top_p | [1]",
        "top_k | 1.5",
        "top_k | -2",
        "top_k | 3000000000",
        "min_p | -0.01",
        "min_p | 1.01",
        "repetition_penalty | 0",
        "max_new_tokens | 0",
        "max_new_tokens | {}",
        "eos_token_id | \"</s>\"",
        "eos_token_id | -1",
        "eos_token_id | [1,null]",
        "eos_token_id | 2.0"
      })
  void namesFileFieldAndValueOfWhatItRefuses(String field, String value) {
    write("generation_config.json", "{\"" + field + "\":" + value + "}");

    assertThatThrownBy(() -> GenerationConfig.load(dir))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("generation_config.json: " + field + ": expected")
        .hasMessageEndingWith("is " + value);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "null", "{} {}"})
  void refusesAFileThatIsNoObject(String text) {
    write("generation_config.json", text);

    assertThatThrownBy(() -> GenerationConfig.load(dir))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("generation_config.json");
  }

  private void write(String name, String text) {
    try {
      Files.writeString(dir.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
