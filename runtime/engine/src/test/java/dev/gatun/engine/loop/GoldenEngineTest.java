package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.model.golden.GoldenPrompt;
import dev.gatun.model.golden.Goldens;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.Backend;
import dev.gatun.tensor.BackendOptions;
import dev.gatun.tensor.reference.ReferenceBackend;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real models through the real loop, with everything that must not matter switched on: prompts in
 * chunks, requests in batches, a pool so small that requests are preempted and recomputed.
 */
@Timeout(120)
final class GoldenEngineTest {

  static Stream<Arguments> models() {
    return TestModels.names().stream()
        .flatMap(model -> Arrays.stream(LoopMode.values()).map(mode -> Arguments.of(model, mode)));
  }

  @ParameterizedTest
  @MethodSource("models")
  void crowdedEngineComputesWhatTransformersComputes(String model, LoopMode mode) throws Exception {
    assertGoldens(TestModels.path(model), mode);
  }

  @ParameterizedTest
  @EnumSource(LoopMode.class)
  void crowdedEngineComputesWhatTransformersComputesOnTrainedWeights(LoopMode mode)
      throws Exception {
    Optional<Path> stories = TestModels.shared("stories260k");
    if (stories.isEmpty()) {
      System.out.println("GoldenEngineTest: stories260k skipped, shared/models is absent");
    }
    assumeTrue(stories.isPresent(), "shared/models/stories260k is absent");

    assertGoldens(stories.get(), mode);
  }

  private static void assertGoldens(Path directory, LoopMode mode) throws Exception {
    Goldens goldens = Goldens.read(directory);
    int longest =
        goldens.prompts().stream()
            .mapToInt(prompt -> prompt.ids().length + prompt.greedy().ids().length)
            .max()
            .orElseThrow();
    Backend backend = new ReferenceBackend(BackendOptions.defaults());
    try (ModelEngine model =
        ModelEngine.start(directory, backend, 6, 40, 5, longest / 5 + 1, mode::adapt)) {
      EngineLoop engine = model.engine();
      List<GenerateRequest> requests = new ArrayList<>();
      for (GoldenPrompt prompt : goldens.prompts()) {
        SamplingParams sampling =
            SamplingParams.builder()
                .temperature(0)
                .ignoreEos(true)
                .maxTokens(prompt.greedy().ids().length)
                .logprobs(2)
                .promptLogprobs(1)
                .build();
        requests.add(request(prompt, sampling));
      }
      List<TokenStream> streams = model.submitTogether(requests);
      for (int i = 0; i < streams.size(); i++) {
        assertOutput(goldens.prompts().get(i), Streams.read(streams.get(i)));
      }
      assertThat(engine.awaitIdle(Duration.ofSeconds(20))).isTrue();
      assertThat(engine.snapshot().numFreeBlocks()).isEqualTo(engine.limits().numBlocks());
      assertThat(engine.snapshot().numPreemptions()).as("preemptions").isPositive();
      assertThat(engine.snapshot().speculation().numAcceptedTokens() > 0)
          .as("accepted drafts")
          .isEqualTo(mode == LoopMode.SPECULATING);
      assertThat(engine.snapshot().preemptions().numTokensSwappedIn() > 0)
          .as("tokens swapped in")
          .isEqualTo(mode == LoopMode.SWAPPING);
    }
  }

  private static GenerateRequest request(GoldenPrompt prompt, SamplingParams sampling) {
    return new GenerateRequest(prompt.id(), prompt.ids(), sampling, GenerateRequest.NO_DEADLINE);
  }

  private static void assertOutput(GoldenPrompt prompt, Streams.Output output) {
    GoldenPrompt.Greedy greedy = prompt.greedy();
    assertThat(output.finished().failure()).isNull();
    assertThat(output.events()).as("%s", prompt).hasSameSizeAs(greedy.ids());
    for (int step = 0; step < greedy.compareUntil(); step++) {
      TokenLogprobs logprobs = output.events().get(step).logprobs();
      assertThat(output.tokens().get(step))
          .as("%s: token of step %d", prompt, step)
          .isEqualTo(greedy.ids()[step])
          .isEqualTo(logprobs.topIds()[0]);
      assertThat(logprobs.rank()).isEqualTo(1);
      assertThat((double) logprobs.logprob())
          .as("%s: logprob of step %d", prompt, step)
          .isCloseTo(greedy.logprobs()[step], within(GoldenPrompt.logprobTolerance()));
    }
    List<TokenLogprobs> scores = output.promptScored().logprobs();
    assertThat(scores).hasSize(prompt.ids().length);
    assertThat(scores.getFirst()).isNull();
    for (int i = 1; i < scores.size(); i++) {
      assertThat(scores.get(i).tokenId()).isEqualTo(prompt.ids()[i]);
      assertThat((double) scores.get(i).logprob())
          .as("%s: prompt logprob %d", prompt, i)
          .isCloseTo(prompt.promptLogprobs()[i], within(GoldenPrompt.logprobTolerance()));
    }
  }

  @ParameterizedTest
  @EnumSource(LoopMode.class)
  void seededSamplingDoesNotDependOnTheCrowd(LoopMode mode) throws Exception {
    Path directory = TestModels.path("tiny-llama3");
    Goldens goldens = Goldens.read(directory);
    SamplingParamsBuilder sampling =
        SamplingParams.builder()
            .temperature(0.9f)
            .topP(0.95f)
            .repetitionPenalty(1.1f)
            .maxTokens(40)
            .logprobs(3);
    List<Streams.Output> alone = new ArrayList<>();
    try (ModelEngine model = ModelEngine.start(directory, 1, 400, 16, 30)) {
      for (GoldenPrompt prompt : goldens.prompts()) {
        sampling.seed(prompt.ids().length);
        alone.add(model.run(request(prompt, sampling.build())));
      }
    }
    Backend backend = new ReferenceBackend(BackendOptions.defaults());
    try (ModelEngine model = ModelEngine.start(directory, backend, 5, 23, 3, 130, mode::adapt)) {
      List<GenerateRequest> requests = new ArrayList<>();
      for (GoldenPrompt prompt : goldens.prompts()) {
        requests.add(request(prompt, sampling.seed(prompt.ids().length).build()));
      }
      List<TokenStream> streams = model.submitTogether(requests);
      for (int i = 0; i < streams.size(); i++) {
        Streams.Output crowded = Streams.read(streams.get(i));
        assertThat(crowded.tokens()).isEqualTo(alone.get(i).tokens());
        // Bit for bit: no row depends on the others in its batch.
        assertThat(crowded.events().getLast().logprobs().topLogprobs())
            .isEqualTo(alone.get(i).events().getLast().logprobs().topLogprobs());
      }
      assertThat(model.engine().snapshot().numPreemptions()).isPositive();
    }
  }
}
