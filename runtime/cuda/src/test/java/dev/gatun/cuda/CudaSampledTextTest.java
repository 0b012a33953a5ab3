package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.SamplingParamsBuilder;
import dev.gatun.engine.api.TokenEvent;
import dev.gatun.engine.api.TokenLogprobs;
import dev.gatun.engine.api.TokenRules;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.loop.EngineLoop;
import dev.gatun.engine.loop.SeedSource;
import dev.gatun.engine.runner.DecoderRunner;
import dev.gatun.engine.sched.SchedulerConfig;
import dev.gatun.engine.sched.Speculation;
import dev.gatun.model.directory.ModelDirectory;
import dev.gatun.model.golden.TestModels;
import dev.gatun.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Requests of all kinds get the same text and log-probabilities whether the device samples or the
 * host, step by step, with overlapped steps and with drafts.
 */
@Timeout(300)
final class CudaSampledTextTest {
  private static final int MAX_TOKENS = 7;
  private static final int EOS = 3;

  private final long seed = Long.getLong("gatun.test.seed", 1);

  @BeforeEach
  void needsADevice() {
    TestDevice.assumePresent();
    System.out.println("CudaSampledTextTest: gatun.test.seed=" + seed);
  }

  private static SamplingParamsBuilder sampling() {
    return SamplingParams.builder().maxTokens(MAX_TOKENS).ignoreEos(true);
  }

  private static TokenRules biased(int... ids) {
    float[] biases = new float[ids.length];
    Arrays.fill(biases, 4);
    return new TokenRules(new int[0], new int[0][], ids, biases);
  }

  private List<GenerateRequest> requests(int vocabSize) {
    Random random = new Random(seed);
    TokenRules rules =
        new TokenRules(
            random.ints(40, 0, vocabSize).toArray(),
            new int[][] {{5}, {6, 7}},
            new int[0],
            new float[0]);
    List<SamplingParamsBuilder> all =
        List.of(
            sampling().temperature(0),
            sampling().temperature(0).repetitionPenalty(1.4f).frequencyPenalty(0.5f).logprobs(0),
            sampling().temperature(1).logprobs(20).promptLogprobs(3),
            sampling().temperature(0.8f).topK(20).topP(0.9f).presencePenalty(1),
            sampling().temperature(1.3f).minP(0.05f).topP(0.7f).tokenRules(rules),
            sampling().temperature(0.5f).minTokens(5).ignoreEos(false).stopTokenIds(new int[] {9}),
            sampling().temperature(1).tokenRules(biased(4, 90, 91)).logprobs(2),
            sampling().temperature(1).constraint(new EveryThirdToken(MAX_TOKENS)),
            sampling().temperature(0).tokenRules(biased(4, 90, 4)).logprobs(1));
    List<GenerateRequest> requests = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      // Few different tokens, so that prompt lookup finds something.
      int[] prompt = random.ints(4 + 3L * (i % 4), 0, 6).toArray();
      SamplingParams params = all.get(i).seed(random.nextLong()).build();
      requests.add(new GenerateRequest("r" + i, prompt, params, GenerateRequest.NO_DEADLINE));
    }
    return requests;
  }

  /** Everything a request got, in words that can be compared. */
  private static List<String> read(TokenStream stream) throws InterruptedException {
    List<String> events = new ArrayList<>();
    while (true) {
      switch (stream.next()) {
        case TokenEvent.PromptScored scored -> scored.logprobs().forEach(s -> events.add(text(s)));
        case TokenEvent.Token token -> events.add(token.tokenId() + " " + text(token.logprobs()));
        case TokenEvent.Finished finished -> {
          events.add(finished.reason() + " " + finished.failure());
          return events;
        }
      }
    }
  }

  private static String text(TokenLogprobs scores) {
    return scores == null
        ? ""
        : "%d: %s, rank %d, %s %s"
            .formatted(
                scores.tokenId(),
                scores.logprob(),
                scores.rank(),
                Arrays.toString(scores.topIds()),
                Arrays.toString(scores.topLogprobs()));
  }

  private List<List<String>> run(CountedBackend counted, UnaryOperator<SchedulerConfig> adapt)
      throws InterruptedException {
    try (ModelDirectory model = ModelDirectory.open(TestModels.path("tiny-llama3"))) {
      int vocabSize = model.spec().vocabSize();
      EngineLimits limits = new EngineLimits(64, 16, 64, 16, 60, 64, vocabSize, 20);
      SchedulerConfig config = adapt.apply(new SchedulerConfig(limits, 0, 32, new int[] {EOS}));
      DecoderRunner runner =
          DecoderRunner.create(model.spec(), model.weights(), counted.backend(), config, DType.F32);
      List<List<String>> outputs = new ArrayList<>();
      try (EngineLoop engine =
          EngineLoop.start(
              config, runner, EngineObserver.NONE, System::nanoTime, new SeedSource(1))) {
        for (TokenStream stream : requests(vocabSize).stream().map(engine::submit).toList()) {
          outputs.add(read(stream));
        }
      }
      return outputs;
    }
  }

  private void compare(UnaryOperator<SchedulerConfig> adapt) throws InterruptedException {
    CountedBackend host = CountedBackend.of(TestDevice.open(DType.F32), false);
    List<List<String>> expected = run(host, adapt);
    CountedBackend device = CountedBackend.of(TestDevice.open(DType.F32), true);
    List<List<String>> actual = run(device, adapt);

    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i)).as("request %d, seed %d", i, seed).isEqualTo(expected.get(i));
      assertThat(expected.get(i).getLast()).as("request %d", i).endsWith("null");
    }
    assertThat(host.count("readRows")).isPositive();
    assertThat(device.count("readRows")).as("logits brought to the host").isZero();
    // The request that biases a token twice.
    assertThat(device.count("readFloats")).as("single rows on the host").isPositive();
  }

  @Test
  void textIsTheSameStepByStep() throws InterruptedException {
    compare(config -> config);
  }

  @Test
  void textIsTheSameWithOverlappedSteps() throws InterruptedException {
    compare(config -> config.withStepsInFlight(2));
  }

  @Test
  void textIsTheSameWithDrafts() throws InterruptedException {
    compare(config -> config.withSpeculation(new Speculation(3, 1, 3)));
  }
}
