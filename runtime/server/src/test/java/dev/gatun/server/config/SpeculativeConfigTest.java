package dev.gatun.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.sched.Speculation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpeculativeConfigTest {

  @Test
  void nothingMeansNone() {
    assertThat(SpeculativeConfig.parse("")).isEqualTo(Speculation.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'\"num_speculative_tokens\": 4'|4|5|5",
        "'\"num_speculative_tokens\": 4, \"prompt_lookup_max\": 3'|4|3|3",
        "'\"num_speculative_tokens\": 4, \"prompt_lookup_min\": 2'|4|2|2",
        "'\"num_speculative_tokens\": 1, \"prompt_lookup_min\": 1, \"prompt_lookup_max\": 9'|1|1|9",
      })
  void readsKeysWithDefaults(String keys, int numTokens, int min, int max) {
    assertThat(SpeculativeConfig.parse("{\"method\": \"ngram\", " + keys + "}"))
        .isEqualTo(new Speculation(numTokens, min, max));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ngram|not JSON",
        "[1]|JSON object",
        "{\"num_speculative_tokens\": 4}|\"method\": \"ngram\"",
        "{\"method\": \"eagle\", \"num_speculative_tokens\": 4}|eagle",
        "{\"method\": \"ngram\"}|num_speculative_tokens",
        "{\"method\": \"ngram\", \"num_speculative_tokens\": 0}|[1, 64]",
        "{\"method\": \"ngram\", \"num_speculative_tokens\": 65}|65",
        "{\"method\": \"ngram\", \"num_speculative_tokens\": \"4\"}|num_speculative_tokens",
        "{\"method\": \"ngram\", \"num_speculative_tokens\": 4, \"model\": \"x\"}|model",
        "{\"method\": \"ngram\", \"num_speculative_tokens\": 4, \"prompt_lookup_min\": 5,"
            + " \"prompt_lookup_max\": 4}|above",
      })
  void refusesTheRestByName(String text, String named) {
    assertThatThrownBy(() -> SpeculativeConfig.parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("--speculative-config", named);
  }
}
