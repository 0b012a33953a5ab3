package dev.gatun.server.oip.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelRegistryTest {
  private final ModelRegistry registry = new ModelRegistry();

  @BeforeEach
  void registerIdentity() {
    registry.register(new IdentityModel());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "01"})
  void findsTheOneVersion(String version) {
    assertThat(registry.resolve("identity", version).model()).isInstanceOf(IdentityModel.class);
    assertThat(registry.find("identity", version)).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "other,'',NOT_FOUND,'other'",
    "identity,2,NOT_FOUND,version 2",
    "identity,99999999999999999999999999,NOT_FOUND,version",
    "identity,-1,INVALID_ARGUMENT,-1",
    "identity,latest,INVALID_ARGUMENT,latest"
  })
  void saysWhatIsNotServed(String name, String version, ErrorCode code, String words) {
    assertThatThrownBy(() -> registry.resolve(name, version))
        .isInstanceOfSatisfying(ServingException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(words);
  }

  @Test
  void refusesTheSameNameTwice() {
    assertThatThrownBy(() -> registry.register(new IdentityModel()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
