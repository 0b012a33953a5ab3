package dev.gatun.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatun.engine.api.EngineLimits;
import dev.gatun.engine.api.EngineObserver;
import dev.gatun.engine.api.EngineSnapshot;
import dev.gatun.engine.api.GenerateRequest;
import dev.gatun.engine.api.QueueSnapshot;
import dev.gatun.engine.api.RequestOrigin;
import dev.gatun.engine.api.RequestStats;
import dev.gatun.engine.api.SampleGroup;
import dev.gatun.engine.api.SamplingParams;
import dev.gatun.engine.api.TokenStream;
import dev.gatun.engine.runner.WitnessModel;
import dev.gatun.engine.runner.WitnessRunner;
import dev.gatun.engine.sched.SchedulerConfig;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What scrapes see of an engine. */
@Timeout(60)
final class EngineSnapshotTest {
  private static final long SECOND = 1_000_000_000L;
  private static final WitnessModel MODEL = new WitnessModel(1000, 0);
  private static final EngineLimits LIMITS = new EngineLimits(512, 1, 64, 4, 200, 8, 1000, 5);

  private final AtomicLong clock = new AtomicLong(100 * SECOND);
  private final GatedRunner runner =
      new GatedRunner(new WitnessRunner(MODEL, 200, 4, 4, WitnessRunner.Bug.NONE));
  private final EngineLoop engine =
      EngineLoop.start(
          SchedulerConfig.of(LIMITS), runner, EngineObserver.NONE, clock::get, new SeedSource(1));

  @AfterEach
  void close() {
    runner.open();
    engine.close();
  }

  private static GenerateRequest request(String id, RequestOrigin origin) {
    return new GenerateRequest(
        id,
        new int[] {5, 6, 7},
        SamplingParams.builder().maxTokens(2).build(),
        GenerateRequest.NO_DEADLINE,
        "",
        0,
        origin);
  }

  /** A scrape must not wait for a step, and least of all for one that hangs. */
  @Test
  void aStepThatHangsIsSeenAndHoldsUpNobody() throws InterruptedException {
    engine.submit(request("a", RequestOrigin.alone()));
    runner.awaitStep();
    engine.submit(request("b", RequestOrigin.alone()));
    engine.submit(request("c", RequestOrigin.alone()));
    clock.addAndGet(7 * SECOND);

    EngineSnapshot now = engine.snapshot();

    assertThat(now.numWaiting() + now.numRunning()).isEqualTo(3);
    assertThat(now.queue().numPromptTokens()).isEqualTo(9);
    assertThat(clock.get() - now.heartbeatNanos()).isEqualTo(7 * SECOND);
  }

  @Test
  void anIdleEngineHasNobodyWaitingAndAFreshHeartbeat() throws Exception {
    runner.open();
    Streams.read(engine.submit(request("a", RequestOrigin.alone())));
    assertThat(engine.awaitIdle(Duration.ofSeconds(20))).isTrue();

    EngineSnapshot now = engine.snapshot();

    assertThat(now.queue().oldestArrivalNanos()).isEqualTo(QueueSnapshot.NOBODY);
    assertThat(now.queue().numPromptTokens()).isZero();
    assertThat(now.numPromptTokens()).isEqualTo(3);
    assertThat(now.numCachedPromptTokens()).isZero();
    assertThat(now.numOutputTokens()).isEqualTo(2);
  }

  @Test
  void timesToTheFirstTokenCountFromWhenTheRequestWasReceived() throws Exception {
    long received = clock.get() - 3 * SECOND;
    TokenStream stream =
        engine.submit(request("a", new RequestOrigin(received, new SampleGroup(1), "", "")));
    runner.open();

    RequestStats stats = Streams.read(stream).finished().stats();

    assertThat(stats.timeToFirstTokenNanos()).isEqualTo(3 * SECOND);
    assertThat(stats.endToEndNanos()).isEqualTo(3 * SECOND);
    assertThat(stats.queueNanos()).isZero();
  }
}
