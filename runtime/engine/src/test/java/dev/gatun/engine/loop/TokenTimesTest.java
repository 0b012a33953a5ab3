package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.FinishReason;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.PreemptionStats;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.runner.WitnessModel;
import dev.gatun.engine.runner.WitnessRunner;
import dev.gatun.engine.sched.SchedulerConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What exporters learn about times and tokens, by a clock that never stands still. */
@Timeout(60)
final class TokenTimesTest {
  private static final EngineLimits LIMITS = new EngineLimits(512, 4, 8, 4, 200, 8, 1000, 5);

  private final AtomicLong clock = new AtomicLong(1_000);
  private final List<Long> firstTokens = new CopyOnWriteArrayList<>();
  private final List<Long> gaps = new CopyOnWriteArrayList<>();
  private final List<EngineObserver.StepStats> steps = new CopyOnWriteArrayList<>();

  private final class Recorder implements EngineObserver {
    @Override
    public void onStep(StepStats step) {
      steps.add(step);
    }

    @Override
    public void onFinished(FinishReason reason, GenerateRequest request, RequestStats stats) {}

    @Override
    public void onFirstToken(GenerateRequest request, long nanos) {
      firstTokens.add(nanos);
    }

    @Override
    public void onNextTokens(long nanos) {
      gaps.add(nanos);
    }
  }

  @Test
  void timesOfTokensAddUpToThoseOfTheRequest() throws Exception {
    WitnessRunner runner =
        new WitnessRunner(new WitnessModel(1000, 0), 200, 4, 4, WitnessRunner.Bug.NONE);
    try (EngineLoop engine =
        EngineLoop.start(
            SchedulerConfig.of(LIMITS),
            runner,
            new Recorder(),
            () -> clock.addAndGet(10),
            new SeedSource(1))) {
      SamplingParams sampling = SamplingParams.builder().maxTokens(6).ignoreEos(true).build();
      int[] prompt = new int[20];

      RequestStats stats =
          Streams.read(
                  engine.submit(
                      new GenerateRequest("a", prompt, sampling, GenerateRequest.NO_DEADLINE)))
              .finished()
              .stats();
      assertThat(engine.awaitIdle(Duration.ofSeconds(20))).isTrue();

      assertThat(firstTokens).containsExactly(stats.timeToFirstTokenNanos());
      assertThat(gaps).hasSize(5).allMatch(gap -> gap > 0);
      long decode = gaps.stream().mapToLong(Long::longValue).sum();
      assertThat(decode).isEqualTo(stats.decodeNanos());
      assertThat(stats.nanosPerOutputToken()).isEqualTo(decode / 5.0);
      assertThat(stats.queueNanos() + stats.prefillNanos()).isEqualTo(firstTokens.getFirst());
      assertThat(stats.queueNanos() + stats.inferenceNanos()).isEqualTo(stats.endToEndNanos());
      assertThat(steps)
          .extracting(EngineObserver.StepStats::numScheduledPromptTokens)
          .containsExactly(8, 8, 4, 0, 0, 0, 0, 0);
      assertThat(steps)
          .extracting(EngineObserver.StepStats::numScheduledDecodeTokens)
          .containsExactly(0, 0, 0, 1, 1, 1, 1, 1);
      assertThat(steps.getFirst().numRunning()).isEqualTo(1);
      assertThat(steps.getFirst().kvUsage()).isEqualTo(2 / 200.0);
      assertThat(steps.getLast().numRunning()).isZero();
    }
  }

  @Test
  void aRequestThatNeverRanHasNoTimes() {
    RequestStats stats = new RequestStats(10, 0, -1, PreemptionStats.NONE, 1_000, 1_000, 0, 0, 0);

    assertThat(stats.queueNanos()).isZero();
    assertThat(stats.timeToFirstTokenNanos()).isZero();
    assertThat(stats.endToEndNanos()).isZero();
    assertThat(stats.nanosPerOutputToken()).isZero();
    assertThat(stats.numComputedPromptTokens()).isEqualTo(10);
  }
}
