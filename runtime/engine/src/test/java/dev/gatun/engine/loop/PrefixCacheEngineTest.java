package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.model.golden.GoldenPrompt;
import dev.gatun.model.golden.Goldens;
import dev.gatun.model.golden.TestModels;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real models with prefix cache hits: nothing but the work may change. */
@Timeout(120)
final class PrefixCacheEngineTest {
  private static final int BLOCK_SIZE = 4;

  static List<String> models() {
    return TestModels.names();
  }

  private static GenerateRequest request(GoldenPrompt prompt, String salt) {
    SamplingParams sampling =
        SamplingParams.builder()
            .temperature(0)
            .ignoreEos(true)
            .maxTokens(prompt.greedy().ids().length)
            .logprobs(5)
            .build();
    return new GenerateRequest(
        prompt.id(), prompt.ids(), sampling, GenerateRequest.NO_DEADLINE, salt);
  }

  @ParameterizedTest
  @MethodSource("models")
  void cachedPromptGivesTheSameLogitsBitForBit(String model) throws Exception {
    Path directory = TestModels.path(model);
    List<GoldenPrompt> prompts = Goldens.read(directory).prompts();
    int numRead = 0;
    try (ModelEngine engine = ModelEngine.start(directory, 2, 40, BLOCK_SIZE, 400)) {
      for (GoldenPrompt prompt : prompts) {
        Streams.Output computed = engine.run(request(prompt, prompt.id()));
        Streams.Output cached = engine.run(request(prompt, prompt.id()));
        assertThat(computed.finished().stats().numCachedTokens()).isZero();
        assertThat(cached.finished().stats().numCachedTokens())
            .isEqualTo((prompt.ids().length - 1) / BLOCK_SIZE * BLOCK_SIZE);
        numRead += cached.finished().stats().numCachedTokens();
        assertGreedy(prompt, cached);
        assertSameBits(prompt, computed, cached);
      }
      assertThat(engine.engine().snapshot().numCachedTokens()).isEqualTo(numRead).isPositive();
    }
  }

  private static void assertGreedy(GoldenPrompt prompt, Streams.Output output) {
    for (int step = 0; step < prompt.greedy().compareUntil(); step++) {
      assertThat(output.tokens().get(step))
          .as("%s: token of step %d", prompt, step)
          .isEqualTo(prompt.greedy().ids()[step]);
    }
  }

  private static void assertSameBits(GoldenPrompt prompt, Streams.Output a, Streams.Output b) {
    assertThat(b.tokens()).as("%s", prompt).isEqualTo(a.tokens());
    for (int step = 0; step < a.events().size(); step++) {
      TokenEvent.Token first = a.events().get(step);
      TokenEvent.Token second = b.events().get(step);
      assertThat(second.logprobs().topLogprobs())
          .as("%s: logprobs of step %d", prompt, step)
          .isEqualTo(first.logprobs().topLogprobs());
    }
  }

  @Test
  void resetForgetsAndCountersStay() throws Exception {
    Path directory = TestModels.path("tiny-llama3");
    GoldenPrompt prompt =
        Goldens.read(directory).prompts().stream()
            .filter(golden -> golden.ids().length > 2 * BLOCK_SIZE)
            .findFirst()
            .orElseThrow();
    try (ModelEngine engine = ModelEngine.start(directory, 2, 40, BLOCK_SIZE, 400)) {
      Streams.Output first = engine.run(request(prompt, ""));
      assertThat(engine.run(request(prompt, "")).finished().stats().numCachedTokens()).isPositive();
      EngineSnapshot before = engine.engine().snapshot();

      assertThat(engine.engine().resetPrefixCache().get()).isTrue();

      Streams.Output again = engine.run(request(prompt, ""));
      assertThat(again.finished().stats().numCachedTokens()).isZero();
      assertSameBits(prompt, first, again);
      EngineSnapshot after = engine.engine().snapshot();
      assertThat(after.numCachedTokens()).isEqualTo(before.numCachedTokens());
      assertThat(after.numPrefixQueryTokens()).isEqualTo(3L * prompt.ids().length);
    }
  }
}
