package dev.gatun.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.model.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigFileTest {
  @TempDir private Path directory;

  @Test
  void readsTheNamesOfArchitectures() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{\"architectures\": [\"A\", \"B\"]}");

    assertThat(ConfigFile.read(directory).architectures()).containsExactly("A", "B");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"architectures\": null}",
        "{\"architectures\": []}",
        "{\"architectures\": \"A\"}",
        "{\"architectures\": [1]}"
      })
  void refusesFilesWithoutArchitecture(String text) {
    ConfigFile file = ConfigFile.parse(text);

    assertThatThrownBy(file::architectures)
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith("config.json: architectures");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "1", "{", "{} {}", "{\"a\": 1, \"a\": 2}", "{\"a\": NaN}"})
  void refusesWhatIsNotOneJsonObject(String text) {
    assertThatThrownBy(() -> ConfigFile.parse(text))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageStartingWith("config.json is not");
  }

  @Test
  void refusesDeepNesting() {
    String deep = "[".repeat(10_000) + "]".repeat(10_000);

    assertThatThrownBy(() -> ConfigFile.parse("{\"a\": " + deep + "}"))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("nesting depth");
  }

  @Test
  void refusesAnAbsentFileAndOneThatIsNotUtf8() throws IOException {
    assertThatThrownBy(() -> ConfigFile.read(directory))
        .isInstanceOf(ModelLoadException.class)
        .hasMessage("no config.json in " + directory);

    Files.write(directory.resolve("config.json"), new byte[] {'{', (byte) 0xff, '}'});
    assertThatThrownBy(() -> ConfigFile.read(directory))
        .isInstanceOf(ModelLoadException.class)
        .hasMessageContaining("not UTF-8");
  }
}
