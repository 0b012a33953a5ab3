package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineState;
import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.runner.PoisonedBackend;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class PoisonedRequestTest {
  private static final Path MODEL = TestModels.path("tiny-llama3");
  private static final int NUM_TOKENS = 12;

  private static GenerateRequest request(String id, int numPromptTokens, int promptLogprobs) {
    SamplingParams sampling =
        SamplingParams.builder()
            .temperature(0)
            .maxTokens(NUM_TOKENS)
            .promptLogprobs(promptLogprobs)
            .build();
    int[] prompt = new int[numPromptTokens];
    Arrays.setAll(prompt, i -> 5 + i);
    return new GenerateRequest(id, prompt, sampling, GenerateRequest.NO_DEADLINE);
  }

  private static Backend poisoned(int position, float poison) {
    return new PoisonedBackend(new ReferenceBackend(BackendOptions.defaults()), position, poison);
  }

  private static List<Integer> alone(int numPromptTokens) throws InterruptedException {
    try (ModelEngine model = ModelEngine.start(MODEL, 2, 64, 16, 20)) {
      return model.run(request("alone", numPromptTokens, -1)).tokens();
    }
  }

  /** Position 34 is that of the fifth output token after 30 prompt tokens; 4 + 12 stay below it. */
  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void badLogitsFailTheirRequestAndNoOther(float poison) throws Exception {
    List<Integer> alone = alone(4);
    try (ModelEngine model = ModelEngine.start(MODEL, poisoned(34, poison), 2, 64, 16, 20)) {
      List<TokenStream> streams =
          model.submitTogether(List.of(request("first", 4, -1), request("second", 30, -1)));
      Streams.Output good = Streams.read(streams.get(0));
      Streams.Output bad = Streams.read(streams.get(1));

      assertThat(good.tokens()).isEqualTo(alone);
      assertThat(good.finished().failure()).isNull();
      assertThat(bad.tokens()).isEqualTo(alone(30).subList(0, 5));
      assertThat(bad.finished().failure().code()).isEqualTo(ErrorCode.INTERNAL);
      assertThat(bad.finished().failure()).hasMessageContainingAll("second", "position 34");
      assertThat(model.engine().snapshot().state()).isEqualTo(EngineState.READY);
      assertThat(model.run(request("third", 4, -1)).tokens()).isEqualTo(alone);
    }
  }

  @Test
  void badPromptLogitsFailTheRequestBeforeItsFirstToken() throws Exception {
    try (ModelEngine model = ModelEngine.start(MODEL, poisoned(1, Float.NaN), 2, 64, 16, 20)) {
      Streams.Output bad = model.run(request("scored", 4, 2));

      assertThat(bad.promptScored()).isNull();
      assertThat(bad.tokens()).isEmpty();
      assertThat(bad.finished().failure()).hasMessageContainingAll("scored", "position 1");
    }
  }
}
