package dev.gatun.server.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.TestModels;
import dev.gatun.server.text.ServedModel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OverloadGateTest {
  private final FakeEngine engine = new FakeEngine(TestModels.EOS);
  private final List<ServedModel> served = new ArrayList<>(List.of(TestModels.tiny(engine)));
  private final OverloadGate gate = new OverloadGate(() -> served);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/completions",
        "/openai/v1/chat/completions",
        "/v2/models/tiny/infer",
        "/v2/models/tiny-alias/generate",
        "/v2/models/tiny/versions/1/generate_stream"
      })
  void refusesWhatAFullEngineWouldRefuse(String path) {
    assertThat(gate.refusal("POST", path)).isNull();

    engine.overloaded();

    ServingException refusal = gate.refusal("POST", path);
    assertThat(refusal.code()).isEqualTo(ErrorCode.OVERLOADED);
    assertThat(refusal.retryAfterSeconds()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models",
        "/health",
        "/tokenize",
        "/v2/models/tiny",
        "/v2/models/identity/infer",
        "/v2/models/infer",
        "/v2/models//infer",
        "/v2/models/"
      })
  void leavesEverythingElseAlone(String path) {
    engine.overloaded();

    assertThat(gate.refusal("POST", path)).isNull();
    assertThat(gate.refusal("GET", path)).isNull();
  }

  @Test
  void doesNotGuessWhichOfSeveralModelsIsMeant() {
    engine.overloaded();
    served.add(TestModels.tiny(new FakeEngine(TestModels.EOS)));

    assertThat(gate.refusal("POST", "/v1/completions")).isNull();
    assertThat(gate.refusal()).isNull();
  }

  @Test
  void isOpenBeforeThereIsAModel() {
    served.clear();

    assertThat(gate.refusal("POST", "/v1/completions")).isNull();
  }
}
