package dev.gatun.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import dev.gatun.model.spec.RopeScaling;
import dev.gatun.model.spec.RopeSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RopeFieldsTest {
  private static final int MAX_POSITIONS = 4096;
  private static final String LLAMA3 =
      "\"factor\": 8, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0";

  private static RopeSpec read(String config) {
    return RopeFields.read(ConfigFile.parse(config).fields(), MAX_POSITIONS);
  }

  private static void assertRefused(String config, String... words) {
    assertThatThrownBy(() -> read(config))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContainingAll(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"rope_theta\": 5e5}",
        "{\"rope_theta\": 5e5, \"rope_scaling\": null}",
        "{\"rope_theta\": 5e5, \"rope_scaling\": {}}",
        "{\"rope_theta\": 5e5, \"rope_scaling\": {\"type\": \"default\"}}",
        "{\"rope_parameters\": {\"rope_theta\": 5e5}}",
        "{\"rope_parameters\": {\"rope_theta\": 5e5, \"rope_type\": \"default\"}}",
        "{\"rope_theta\": 1, \"rope_parameters\": {\"rope_theta\": 5e5}}"
      })
  void readsUnscaledRopeInEverySpelling(String config) {
    assertThat(read(config)).isEqualTo(new RopeSpec(500_000, new RopeScaling.None()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}}",
        "{\"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 2.0}}",
        "{\"rope_scaling\": {\"rope_type\": \"linear\", \"type\": \"yarn\", \"factor\": 2.0}}",
        "{\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 2, \"rope_theta\": 1e4}}",
        """
        {"rope_scaling": {"type": "linear", "factor": 2}, "rope_theta": 1e4,
         "rope_parameters": {"rope_type": "default", "rope_theta": 7}}\
        """
      })
  void readsLinearScalingInEverySpelling(String config) {
    assertThat(read(config)).isEqualTo(new RopeSpec(10_000, new RopeScaling.Linear(2)));
  }

  @Test
  void readsLlama3Scaling() {
    RopeSpec spec =
        read(
            "{\"rope_scaling\": {\"rope_type\": \"llama3\", "
                + LLAMA3
                + ", \"original_max_position_embeddings\": 64}}");

    assertThat(spec.scaling()).isEqualTo(new RopeScaling.Llama3(8, 1, 4, 64));
  }

  @Test
  void originalLengthComesFromOutsideOrFromMaxPositions() {
    String rope = "\"rope_parameters\": {\"rope_type\": \"llama3\", " + LLAMA3 + "}";

    assertThat(read("{" + rope + "}").scaling())
        .isEqualTo(new RopeScaling.Llama3(8, 1, 4, MAX_POSITIONS));
    assertThat(read("{" + rope + ", \"original_max_position_embeddings\": 32}").scaling())
        .isEqualTo(new RopeScaling.Llama3(8, 1, 4, 32));
  }

  @Test
  void refusesWhatItDoesNotUnderstand() {
    assertRefused(
        "{\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4}}",
        "rope_type is yarn",
        "default, linear, llama3");
    assertRefused("{\"rope_scaling\": {\"type\": \"linear\"}}", "rope_scaling.factor is missing");
    assertRefused(
        "{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 0}}", "rope_scaling.factor is 0");
    assertRefused("{\"rope_scaling\": \"linear\"}", "rope_scaling is \"linear\"");
    assertRefused(
        "{\"rope_scaling\": {\"type\": \"llama3\", \"factor\": 8}}", "low_freq_factor is missing");
    assertRefused(
        "{\"rope_scaling\": {\"type\": \"llama3\", " + LLAMA3.replace("4.0", "1.0") + "}}",
        "high_freq_factor is 1.0",
        "greater than low_freq_factor 1.0");
    assertRefused("{\"partial_rotary_factor\": 0.5}", "partial_rotary_factor is 0.5");
    assertRefused(
        "{\"rope_parameters\": {\"partial_rotary_factor\": 0.5}}",
        "rope_parameters.partial_rotary_factor is 0.5");
    assertRefused(
        "{\"rope_parameters\": {\"full_attention\": {\"rope_type\": \"default\"}}}",
        "full_attention");
  }
}
