package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.runner.WitnessModel;
import dev.gatun.engine.runner.WitnessRunner;
import dev.gatun.engine.sched.PreemptionConfig;
import dev.gatun.engine.sched.SchedulerConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many readers on a pool that is too small for all, through the real loop and its thread. */
final class ConcurrentStreamsTest {
  private static final int NUM_STREAMS = 64;
  private static final EngineLimits LIMITS = new EngineLimits(200, 16, 48, 8, 30, 64, 700, 5);
  private static final WitnessModel MODEL = new WitnessModel(700, 900, 13);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  @Timeout(60)
  void answersEqualThoseOfEachRequestAlone(long seed) throws Exception {
    int numStepsInFlight = 1 + (int) (seed % 2);
    WitnessRunner witness =
        new WitnessRunner(
            MODEL,
            LIMITS.numBlocks(),
            LIMITS.blockSize(),
            16,
            WitnessRunner.Bug.NONE,
            numStepsInFlight,
            0,
            12);
    // No step before all have submitted, so that they do compete for the pool.
    GatedRunner runner = new GatedRunner(witness);
    CountDownLatch submitted = new CountDownLatch(NUM_STREAMS);
    // Whatever fits now may start, so that the pool runs dry; some of it is swapped.
    PreemptionConfig greedy = PreemptionConfig.DEFAULT.withOvercommit(1e9);
    SchedulerConfig config =
        SchedulerConfig.of(LIMITS, 13)
            .withStepsInFlight(numStepsInFlight)
            .withPreemption(greedy.withSwapBlocks(seed < 3 ? 0 : 12));
    try (EngineLoop engine =
            EngineLoop.start(
                config, runner, EngineObserver.NONE, System::nanoTime, new SeedSource(seed));
        ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> answers = new ArrayList<>();
      for (int i = 0; i < NUM_STREAMS; i++) {
        long requestSeed = seed * 1_000 + i;
        answers.add(readers.submit(() -> checkOne(engine, submitted, requestSeed)));
      }
      submitted.await();
      runner.open();
      for (Future<?> answer : answers) {
        answer.get();
      }

      assertThat(engine.awaitIdle(Duration.ofSeconds(20))).isTrue();
      assertThat(engine.snapshot().numFreeBlocks()).isEqualTo(LIMITS.numBlocks());
      assertThat(engine.snapshot().numRunning()).isZero();
      assertThat(engine.snapshot().numPreemptions()).isPositive();
    }
  }

  private static Void checkOne(EngineLoop engine, CountDownLatch submitted, long seed)
      throws InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    int[] prompt = random.ints(random.nextInt(1, 100), 0, 700).toArray();
    SamplingParams sampling =
        SamplingParams.builder()
            .temperature(random.nextInt(2))
            .seed(seed)
            .ignoreEos(random.nextBoolean())
            .maxTokens(random.nextInt(1, 100))
            .build();
    GenerateRequest request =
        new GenerateRequest("r" + seed, prompt, sampling, GenerateRequest.NO_DEADLINE);
    TokenStream stream = engine.submit(request);
    submitted.countDown();
    int abortAfter = random.nextInt(4) == 0 ? random.nextInt(20) : Integer.MAX_VALUE;

    Streams.Output output = Streams.readAndAbort(stream, abortAfter);

    WitnessModel.Answer alone = MODEL.alone(prompt, sampling, seed, LIMITS.maxModelLen());
    if (output.finished().reason() == FinishReason.ABORT) {
      assertThat(abortAfter).as("aborted on request, seed %d", seed).isLessThan(100);
      assertThat(output.tokens())
          .as("seed %d", seed)
          .isEqualTo(alone.tokens().subList(0, output.tokens().size()));
    } else {
      assertThat(output.tokens()).as("seed %d", seed).isEqualTo(alone.tokens());
      assertThat(output.finished().reason()).as("seed %d", seed).isEqualTo(alone.reason());
    }
    return null;
  }
}
